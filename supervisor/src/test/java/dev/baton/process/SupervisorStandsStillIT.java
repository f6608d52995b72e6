package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.load.LoadReport;
import dev.baton.supervisor.control.ControlClient;
import dev.baton.supervisor.control.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The supervisor is stopped (SIGSTOP) for three seconds at each stage of an upgrade, and goes on as if nothing was. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class SupervisorStandsStillIT {
    /** The fault itself: how long it lasts. */
    private static final long STANDSTILL = 3;

    @TempDir
    private Path holds;

    private List<String> demo(int generation) {
        return HoldingDemo.command(holds, "v" + generation);
    }

    @Test
    void atEachStageOfAnUpgradeItGoesOnAndNoClientNotices() throws Exception {
        try (RunningBaton baton =
                RunningBaton.builder().flag("--bake", "2s").command(demo(1)).start()) {
            Collection<LoadReport> reports;
            try (MixedLoad load = MixedLoad.on(baton)) {
                load.awaitAnswersFrom(1);
                standsStill(baton, load, 2, "starting", hold("start", 2));
                standsStill(baton, load, 3, "accepting", hold("accept", 3));
                standsStill(baton, load, 4, "parking", hold("park", 3));
                standsStill(baton, load, 5, "baking", null);
                drainsWhileItStandsStill(baton, load, 6);
                goesBackWhileItStandsStill(baton, load, 7);
                reports = load.stop().values();
            }
            reports.forEach(System.out::print);
            assertAll(reports.stream()
                    .map(report -> () -> assertTrue(
                            report.counts().clean(), () -> report.plan().mode() + ": " + report.failures())));
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    private Path hold(String point, int generation) throws IOException {
        return Files.createFile(HoldingDemo.hold(holds, point, generation));
    }

    private static long begin(RunningBaton baton, List<String> command) throws IOException {
        ControlClient.Reply reply = baton.beginUpgrade(command);
        assertEquals(202, reply.status(), reply::body);
        return reply.json().number("id");
    }

    private void standsStill(RunningBaton baton, MixedLoad load, int generation, String stage, Path hold)
            throws Exception {
        long id = begin(baton, demo(generation));
        strike(baton, load, id, stage, hold);
        assertEquals("upgraded", outcome(baton, id));
        assertEquals(Set.of(generation), baton.workers().keySet());
        load.awaitAnswersFrom(generation);
    }

    private void drainsWhileItStandsStill(RunningBaton baton, MixedLoad load, int generation) throws Exception {
        try (RawClient slow = RawClient.connect(baton.address("http"))) {
            slow.send("GET /slow?ms=6000 HTTP/1.1\r\nHost: it\r\n\r\n");
            standsStill(baton, load, generation, "draining", null);
            assertTrue(slow.answer().text().startsWith("v" + (generation - 1)));
        }
    }

    private void goesBackWhileItStandsStill(RunningBaton baton, MixedLoad load, int generation) throws Exception {
        long id = begin(baton, demo(generation));
        awaitStage(baton, id, "baking");
        Path hold = hold("accept", generation - 1);
        assertEquals(202, baton.control().post("/v1/rollback", Map.of()).status());
        strike(baton, load, id, "rolling-back", hold);
        assertEquals("rolled-back", outcome(baton, id));
        assertEquals(Set.of(generation - 1), baton.workers().keySet());
    }

    private static void strike(RunningBaton baton, MixedLoad load, long id, String stage, Path hold) throws Exception {
        awaitStage(baton, id, stage);
        baton.signal("STOP");
        try {
            if (hold != null) {
                Files.delete(hold);
            }
            TimeUnit.SECONDS.sleep(STANDSTILL);
            load.awaitMoreAnswers();
        } finally {
            baton.signal("CONT");
        }
    }

    private static void awaitStage(RunningBaton baton, long id, String stage) {
        await().atMost(RunningBaton.PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> record(baton, id).optionalText("phase").orElse("over"), stage::equals);
    }

    private static String outcome(RunningBaton baton, long id) {
        return await().atMost(RunningBaton.PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> record(baton, id), record -> record.has("outcome"))
                .text("outcome");
    }

    private static JsonObject record(RunningBaton baton, long id) throws IOException {
        return baton.control().get("/v1/upgrades/" + id).json();
    }
}
