package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.load.Counts;
import dev.baton.load.LoadReport;
import dev.baton.load.Mode;
import dev.baton.supervisor.control.JsonObject;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Whatever happens to the new worker while it bakes: the old one accepts again, and clients hardly notice. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class BakeIT {
    private static final Duration POLL = Duration.ofMillis(20);

    @TempDir
    private Path directory;

    private RunningBaton start(String bake) throws IOException {
        return new CheckedConfiguration(directory.resolve("it.toml"), Places.demo("v1"), "/health")
                .write("60s", bake)
                .start();
    }

    private static void awaitPhase(RunningBaton baton, String phase) {
        await().atMost(RunningBaton.PATIENCE)
                .pollInterval(POLL)
                .until(() -> baton.status().text("phase").equals(phase));
    }

    private static JsonObject last(RunningBaton baton) {
        return await().atMost(RunningBaton.PATIENCE)
                .pollInterval(POLL)
                .until(
                        () -> baton.status().has("lastUpgrade") ? baton.status().object("lastUpgrade") : null,
                        upgrade -> upgrade != null);
    }

    private static void nothingBroke(Map<Mode, LoadReport> reports) {
        reports.values().forEach(report -> assertTrue(report.counts().clean(), report::toString));
    }

    @Test
    void newOneThatFailsItsCheckInPublicIsRolledBackAndNobodyNotices() throws Exception {
        try (RunningBaton baton = start("30s");
                MixedLoad load = MixedLoad.onOnePage(baton)) {
            load.awaitAnswersFrom(1);
            long first = baton.workers().get(1);
            JsonObject upgrade =
                    baton.upgrade(FaultyWorker.command("is-sick-in-public")).json();
            assertEquals("rolled-back", upgrade.text("outcome"), upgrade::toString);
            assertTrue(
                    upgrade.text("reason")
                            .contains("did not answer its check (GET /health on listener http) with 200,"
                                    + " 3 of 3 times in a row: 503 \"no database"),
                    upgrade::toString);
            assertEquals(List.of(first), List.copyOf(baton.workers().values()));
            Map<Mode, LoadReport> reports = load.stop();
            nothingBroke(reports);
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    @Test
    void newOneThatHangsWhileItBakesIsRolledBackThoughItsTimeIsOver() throws Exception {
        try (RunningBaton baton = start("4s")) {
            baton.beginUpgrade(Places.demo("v2"));
            awaitPhase(baton, "baking");
            Processes.signal("STOP", baton.workers().get(2));
            JsonObject upgrade = last(baton);
            assertEquals("rolled-back", upgrade.text("outcome"), upgrade::toString);
            assertTrue(upgrade.text("reason").contains("no answer within 2000 ms"), upgrade::toString);
            assertTrue(RawClient.get(baton.address("http"), "/").text().startsWith("v1 gen=1 "));
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    @Test
    @Tag("alone")
    void newOneThatStandsStillForThreeSecondsStays() throws Exception {
        try (RunningBaton baton = start("4s")) {
            baton.beginUpgrade(Places.demo("v2"));
            awaitPhase(baton, "baking");
            Processes.signal("STOP", baton.workers().get(2));
            await().pollDelay(Duration.ofSeconds(3)).until(() -> true);
            Processes.signal("CONT", baton.workers().get(2));
            JsonObject upgrade = last(baton);
            assertEquals("upgraded", upgrade.text("outcome"), upgrade::toString);
        }
    }

    /** Prints what the way back costs; the figures are in docs/faults.md. */
    @Test
    @Tag("alone")
    void newOneThatDiesWhileItBakesCostsItsOwnRequestsAndNoStart() throws Exception {
        try (RunningBaton baton = start("60s");
                MixedLoad load = MixedLoad.on(baton)) {
            load.awaitAnswersFrom(1);
            InetSocketAddress http = baton.address("http");
            Map<Integer, Long> before = baton.workers();
            baton.beginUpgrade(Places.demo("v2"));
            awaitPhase(baton, "baking");
            long held = 0;
            load.awaitAnswersOfNewConnectionsFrom(2);
            long pid = baton.workers().get(2);
            long died = System.nanoTime();
            Processes.signal("KILL", pid);
            RawClient.Answer answer = RawClient.get(http, "/");
            while (!answer.text().startsWith("v1 gen=1 ")) {
                died = System.nanoTime(); // the dead one's last words: it was not quite dead
                answer = RawClient.get(http, "/");
            }
            Duration back = Duration.ofNanos(System.nanoTime() - died);
            JsonObject upgrade = last(baton);
            assertEquals("rolled-back", upgrade.text("outcome"), upgrade::toString);
            Map<Mode, LoadReport> reports = load.stop();
            for (LoadReport report : reports.values()) {
                Counts counts = report.counts();
                held += counts.broken();
                assertEquals(
                        0, counts.refused() + counts.timedOut() + counts.wrong() + counts.not2xx(), report::toString);
                assertTrue(
                        counts.broken() <= report.plan().connections(),
                        () -> "more broke than the dead one can have held: " + report);
            }
            long start = upgrade.object("phases").number("starting");
            System.out.println("from death to the first answer: " + back.toMillis() + " ms, a start: " + start
                    + " ms; broken requests, held by the dead one: " + held);
            assertEquals(before, baton.workers(), "nothing was started for it");
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    @Test
    void rollbackThatIsAskedForBreaksNothing() throws Exception {
        try (RunningBaton baton = start("60s");
                MixedLoad load = MixedLoad.on(baton)) {
            load.awaitAnswersFrom(1);
            InetSocketAddress http = baton.address("http");
            baton.beginUpgrade(Places.demo("v2"));
            awaitPhase(baton, "baking");
            load.awaitAnswersOfNewConnectionsFrom(2);
            long asked = System.nanoTime();
            assertEquals(202, baton.control().post("/v1/rollback", Map.of()).status());
            await().pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> RawClient.get(http, "/").text().startsWith("v1 gen=1 "));
            System.out.println("from the rollback's order to an answer of the old one: "
                    + Duration.ofNanos(System.nanoTime() - asked).toMillis() + " ms");
            JsonObject upgrade = last(baton);
            assertEquals("rolled-back", upgrade.text("outcome"), upgrade::toString);
            nothingBroke(load.stop());
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }
}
