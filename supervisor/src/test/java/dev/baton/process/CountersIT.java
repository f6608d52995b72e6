package dev.baton.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a scraper sees over the generations: counters that only grow, and nobody's figures lost with a worker. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class CountersIT {
    private static final int CLIENTS = 5;
    private static final int UPGRADES = 3;

    @Test
    void countersGoOnWhenTheWorkersThatCountedHaveGone() throws Exception {
        List<KeptConnection> clients = new ArrayList<>();
        try (RunningBaton baton = RunningBaton.builder().start()) {
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(KeptConnection.to(baton.address("http")));
            }
            Map<String, Double> before = counters(baton);
            for (int upgrade = 1; upgrade <= UPGRADES; upgrade++) {
                for (KeptConnection client : clients) {
                    assertEquals(upgrade, client.ask("/").generation());
                }
                assertEquals("upgraded", baton.upgrade("v" + upgrade).text("outcome"));
                Map<String, Double> after = counters(baton);
                before.forEach((name, value) -> assertTrue(
                        after.getOrDefault(name, -1.0) >= value,
                        () -> name + " was " + value + " and is " + after.get(name)));
                assertEquals(
                        (double) upgrade * CLIENTS,
                        after.get("baton_connections_handed_over_total"),
                        "of all that left");
                assertEquals((double) upgrade, after.get("baton_upgrades_total{outcome=\"upgraded\"}"));
                before = after;
            }
        } finally {
            for (KeptConnection client : clients) {
                client.close();
            }
        }
    }

    private static Map<String, Double> counters(RunningBaton baton) throws Exception {
        Map<String, Double> counters = new HashMap<>();
        baton.control()
                .get("/metrics")
                .body()
                .lines()
                .filter(line -> line.matches("baton_\\w+_(total|count|sum)(\\{.*})? .*"))
                .forEach(line -> counters.put(
                        line.substring(0, line.lastIndexOf(' ')),
                        Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1))));
        assertTrue(counters.size() > 3, counters::toString);
        return counters;
    }
}
