package dev.baton.process;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.load.Counts;
import dev.baton.load.LoadReport;
import dev.baton.load.Mode;
import dev.baton.supervisor.control.JsonObject;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Eight upgrades, or as many as the property {@code baton.upgrades} says. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 20, unit = TimeUnit.MINUTES)
@Tag("alone")
class UpgradesUnderLoadIT {
    private static final int UPGRADES = Integer.getInteger("baton.upgrades", 8);

    /** Clients of these modes keep their connections: they are handed over, and never have to connect anew. */
    private static final Set<Mode> HANDED_OVER = EnumSet.of(Mode.KEEPALIVE, Mode.POST, Mode.IDLE, Mode.LINE);

    @Test
    void upgradesInARowBreakNothingForAnyKindOfClientAndReconnectNobodyWhoKeepsAConnection() throws Exception {
        try (RunningBaton baton = RunningBaton.builder().start()) {
            Map<Mode, LoadReport> reports;
            try (MixedLoad load = MixedLoad.on(baton)) {
                load.awaitAnswersFrom(1);
                for (int generation = 2; generation <= UPGRADES + 1; generation++) {
                    succeeds(baton.upgrade("v" + generation), generation);
                    load.awaitAnswersFrom(generation);
                }
                reports = load.stop();
            }
            reports.values().forEach(System.out::print);
            assertAll(reports.values().stream().map(report -> () -> nothingBroke(report)));
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    private static void succeeds(JsonObject upgrade, int generation) {
        System.out.println(upgrade);
        assertEquals("upgraded", upgrade.text("outcome"), upgrade::toString);
        assertEquals(generation, upgrade.number("to"), upgrade::toString);
        assertEquals(List.of(), upgrade.texts("cut"), upgrade::toString);
    }

    private static void nothingBroke(LoadReport report) {
        Mode mode = report.plan().mode();
        Counts counts = report.counts();
        assertTrue(counts.clean(), () -> mode + ": " + counts + " " + report.failures());
        if (HANDED_OVER.contains(mode)) {
            assertEquals(0, counts.reconnects(), () -> mode + " had to connect anew: " + counts);
        }
        Set<Integer> all = IntStream.rangeClosed(1, UPGRADES + 1).boxed().collect(Collectors.toSet());
        assertEquals(new TreeSet<>(all), new TreeSet<>(report.generations().keySet()), mode + ": who answered");
    }
}
