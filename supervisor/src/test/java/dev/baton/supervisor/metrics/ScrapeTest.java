package dev.baton.supervisor.metrics;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.ListenerSpec;
import dev.baton.handover.Traffic;
import dev.baton.supervisor.Outcome;
import dev.baton.supervisor.Status;
import dev.baton.supervisor.Status.ListenerState;
import dev.baton.supervisor.Status.Restarts;
import dev.baton.supervisor.Status.Role;
import dev.baton.supervisor.Status.WorkerState;
import dev.baton.supervisor.UpgradeRecord;
import dev.baton.supervisor.UpgradeTotals;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ScrapeTest {
    private static final Instant START = Instant.parse("2026-11-20T22:00:00Z");

    private final Scrape scrape = new Scrape();

    @Test
    void everyNameOfTheContractIsThere() {
        String text = scrape(status(16, 4, worker(1, Role.ACTIVE, 16)), upgrade(1, Outcome.UPGRADED, START));

        assertEquals(1, value(text, "baton_generation"));
        assertEquals(1, value(text, "baton_upgrades_total{outcome=\"upgraded\"}"));
        assertEquals(0, value(text, "baton_upgrades_total{outcome=\"check-failed\"}"));
        assertEquals(1, value(text, "baton_upgrade_phase_seconds_count{phase=\"starting\"}"));
        assertEquals(0.812, value(text, "baton_upgrade_phase_seconds_sum{phase=\"starting\"}"));
        assertEquals(2, value(text, "baton_worker_connections{generation=\"1\",state=\"active\"}"));
        assertEquals(14, value(text, "baton_worker_connections{generation=\"1\",state=\"idle\"}"));
        assertEquals(16, value(text, "baton_connections_handed_over_total"));
        assertEquals(0, value(text, "baton_worker_restarts_total"));
        assertEquals(3, value(text, "baton_listener_queued{listener=\"http\"}"));
        assertEquals(4, value(text, "baton_listener_dropped_total{listener=\"http\"}"));
        assertTrue(text.contains("jvm_memory_used_bytes"), text);
    }

    @Test
    void generationThatLeavesTakesItsGaugesAlongAndNoCounterWithIt() {
        scrape(status(16, 4, worker(1, Role.RETIRING, 16), worker(2, Role.ACTIVE, 0)));

        String after = scrape(status(9, 1, worker(2, Role.ACTIVE, 0)));

        assertFalse(after.contains("generation=\"1\""), after);
        assertEquals(2, value(after, "baton_generation"));
        assertEquals(16, value(after, "baton_connections_handed_over_total"));
        assertEquals(4, value(after, "baton_listener_dropped_total{listener=\"http\"}"));
    }

    @Test
    void upgradesAreCountedHoweverManyEndBetweenTwoScrapes() {
        UpgradeRecord[] many = LongStream.rangeClosed(1, 250)
                .mapToObj(id -> upgrade(id, Outcome.UPGRADED, START))
                .toArray(UpgradeRecord[]::new);
        scrape(status(0, 0), upgrade(1, Outcome.UPGRADED, START));

        String text = scrape(status(0, 0), many);

        assertEquals(250, value(text, "baton_upgrades_total{outcome=\"upgraded\"}"));
        assertEquals(0, value(text, "baton_upgrades_total{outcome=\"rolled-back\"}"));
        assertEquals(250, value(text, "baton_upgrade_phase_seconds_count{phase=\"starting\"}"));
        assertEquals(203, value(text, "baton_upgrade_phase_seconds_sum{phase=\"starting\"}"), 1e-6);
        assertEquals(0.812, value(text, "baton_upgrade_phase_seconds_max{phase=\"starting\"}"));
        assertEquals(0, value(text, "baton_generation"));
    }

    @Test
    void answerThatWasOvertakenTakesNoUpgradeBack() {
        scrape(status(0, 0), upgrade(1, Outcome.UPGRADED, START), upgrade(2, Outcome.UPGRADED, START));

        String text = scrape(status(0, 0), upgrade(1, Outcome.UPGRADED, START));

        assertEquals(2, value(text, "baton_upgrades_total{outcome=\"upgraded\"}"));
        assertEquals(2, value(text, "baton_upgrade_phase_seconds_count{phase=\"starting\"}"));
    }

    @Test
    void requestsOfAllWorkersAreCountedAndNeverTakenBack() {
        List<Long> latencies = new ArrayList<>(Traffic.NONE.latencies());
        latencies.set(1, 90L);
        latencies.set(4, 8L);
        latencies.set(latencies.size() - 1, 2L);
        Traffic traffic = new Traffic(7, List.of(3L, 0L, 80L, 0L, 12L, 5L), latencies, 23_500_000);
        scrape(status(0, 0, traffic));

        String text = scrape(status(0, 0, Traffic.accepted(5)));

        assertEquals(7, value(text, "baton_connections_accepted_total"));
        assertEquals(80, value(text, "baton_http_requests_total{status=\"2xx\"}"));
        assertEquals(5, value(text, "baton_http_requests_total{status=\"5xx\"}"));
        assertEquals(3, value(text, "baton_http_requests_total{status=\"none\"}"));
        assertEquals(0, value(text, "baton_http_request_seconds_bucket{le=\"5.0E-4\"}"));
        assertEquals(90, value(text, "baton_http_request_seconds_bucket{le=\"0.001\"}"));
        assertEquals(98, value(text, "baton_http_request_seconds_bucket{le=\"0.01\"}"));
        assertEquals(98, value(text, "baton_http_request_seconds_bucket{le=\"10.0\"}"));
        assertEquals(100, value(text, "baton_http_request_seconds_bucket{le=\"+Inf\"}"));
        assertEquals(100, value(text, "baton_http_request_seconds_count"));
        assertEquals(23.5, value(text, "baton_http_request_seconds_sum"));
    }

    @Test
    void openMetricsIsSpokenToWhoeverAsksForIt() {
        Scrape.Text text = scrape.text(
                status(0, 0), UpgradeTotals.NONE, "application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1");

        assertTrue(text.type().startsWith("application/openmetrics-text"), text.type());
        assertTrue(text.body().endsWith("# EOF\n"), text.body());
    }

    @Test
    void promtoolFindsNoFaultWithThem() throws Exception {
        Promtool.require();
        String text = scrape(status(16, 4, worker(1, Role.ACTIVE, 16)), upgrade(1, Outcome.UPGRADED, START));

        // The names of the JVM's own are Micrometer's, and are what everybody's dashboards ask for.
        String ours = text.lines()
                .filter(line -> line.matches("(# (HELP|TYPE) )?baton_.*"))
                .map(line -> line + "\n")
                .collect(joining());
        Promtool.agrees(ours, "check", "metrics");
    }

    private String scrape(Status status, UpgradeRecord... upgrades) {
        UpgradeTotals totals = UpgradeTotals.NONE;
        for (UpgradeRecord upgrade : upgrades) {
            totals = totals.and(upgrade);
        }
        return scrape.text(status, totals, "").body();
    }

    private static double value(String text, String series) {
        String line = text.lines()
                .filter(l -> l.startsWith(series + " "))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + series + " in:\n" + text));
        return Double.parseDouble(line.substring(series.length() + 1));
    }

    private static Status status(long handedOver, long dropped, WorkerState... workers) {
        return status(handedOver, dropped, Traffic.NONE, workers);
    }

    private static Status status(long handedOver, long dropped, Traffic traffic, WorkerState... workers) {
        return new Status(
                "shop",
                "serving",
                START,
                List.of(new ListenerState(ListenerSpec.parse("http=127.0.0.1:8080"), 3, dropped)),
                List.of(workers),
                handedOver,
                traffic,
                Restarts.NONE,
                Optional.empty());
    }

    private static WorkerState worker(int generation, Role role, long handedOver) {
        return new WorkerState(
                generation,
                role,
                true,
                99,
                START,
                List.of("java"),
                2,
                14,
                handedOver,
                true,
                Optional.empty(),
                List.of(),
                Traffic.NONE);
    }

    private static UpgradeRecord upgrade(long id, Outcome outcome, Instant begin) {
        return new UpgradeRecord(
                id,
                begin,
                Optional.of(outcome),
                1,
                2,
                Map.of("starting", Duration.ofMillis(812)),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                List.of());
    }
}
