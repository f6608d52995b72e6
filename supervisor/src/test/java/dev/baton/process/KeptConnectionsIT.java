package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.load.Counts;
import dev.baton.load.Load;
import dev.baton.load.LoadPlan;
import dev.baton.load.LoadReport;
import dev.baton.load.LoadRun;
import dev.baton.load.Mode;
import dev.baton.supervisor.control.ControlClient;
import dev.baton.supervisor.control.JsonObject;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Clients that keep their connections keep them, whatever happens to the versions behind: five, or as many as the
 * property {@code baton.upgrades} says.
 */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 15, unit = TimeUnit.MINUTES)
@Tag("alone")
class KeptConnectionsIT {
    private static final int UPGRADES = Integer.getInteger("baton.upgrades", 5);
    private static final int CONNECTIONS = 64;
    private static final Duration PATIENCE = RunningBaton.PATIENCE;

    @Test
    void sixtyFourConnectionsOfEachKindOutliveUpgradesInARowWithoutOneBrokenRequestOrReconnect() throws Exception {
        try (RunningBaton baton =
                RunningBaton.builder().label("v1", "--count-lines").start()) {
            List<LoadRun> runs = start(baton, CONNECTIONS);
            try {
                for (int generation = 2; generation <= UPGRADES + 1; generation++) {
                    JsonObject upgrade = baton.upgrade(Places.demo("v" + generation, "--count-lines"))
                            .json();
                    assertEquals("upgraded", upgrade.text("outcome"), upgrade::toString);
                    assertEquals(List.of(), upgrade.texts("cut"), upgrade::toString);
                }
                awaitAnswersFrom(runs, UPGRADES + 1);
            } finally {
                runs.forEach(LoadRun::close);
            }
            assertAll(runs.stream().map(run -> () -> keptAll(run.snapshot())));
        }
    }

    @Test
    void aRollbackDuringTheBakeBreaksNoConnectionWhicheverWorkerHasIt() throws Exception {
        try (RunningBaton baton = RunningBaton.builder()
                .label("v1", "--count-lines")
                .flag("--bake", "60s")
                .start()) {
            List<LoadRun> runs = start(baton, 16);
            List<KeptConnection> fresh = new ArrayList<>();
            try {
                int generation = 1;
                for (int round = 0; round < 3; round++) {
                    int candidate = generation + 1;
                    ControlClient.Reply begun = baton.beginUpgrade(Places.demo("bad" + candidate, "--count-lines"));
                    assertEquals(202, begun.status(), begun.body());
                    awaitPhase(baton, "baking");
                    for (int i = 0; i < 16; i++) {
                        KeptConnection client = KeptConnection.to(baton.address("http"));
                        assertEquals(candidate, client.ask("/").generation(), "accepted by the candidate");
                        fresh.add(client);
                    }
                    assertEquals(
                            202, baton.control().post("/v1/rollback", Map.of()).status());
                    awaitPhase(baton, "serving");
                    JsonObject last = baton.status().object("lastUpgrade");
                    assertEquals("rolled-back", last.text("outcome"), last::toString);
                    for (KeptConnection client : fresh) {
                        KeptConnection.Answer answer = client.ask("/");
                        assertEquals(1, answer.generation(), "come back to the one that serves on");
                    }
                    generation = candidate;
                }
            } finally {
                runs.forEach(LoadRun::close);
                for (KeptConnection client : fresh) {
                    client.close();
                }
            }
            assertAll(runs.stream().map(run -> () -> keptAll(run.snapshot())));
        }
    }

    private static void awaitPhase(RunningBaton baton, String phase) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> baton.status().text("phase"), phase::equals);
    }

    private static List<LoadRun> start(RunningBaton baton, int connections) throws Exception {
        InetSocketAddress http = baton.address("http");
        InetSocketAddress line = baton.address("line");
        List<LoadRun> runs = new ArrayList<>();
        runs.add(Load.start(
                LoadPlan.of(Mode.KEEPALIVE, http).withConnections(connections).withAtMost(400)));
        runs.add(Load.start(
                LoadPlan.of(Mode.POST, http).withConnections(connections).withAtMost(200)));
        runs.add(Load.start(
                LoadPlan.of(Mode.IDLE, http).withConnections(connections).withPause(Duration.ofMillis(500))));
        runs.add(Load.start(
                LoadPlan.of(Mode.LINE, line).withConnections(connections).withAtMost(200)));
        awaitAnswersFrom(runs, 1);
        return runs;
    }

    private static void awaitAnswersFrom(List<LoadRun> runs, int generation) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> runs.stream()
                        .allMatch(run -> run.snapshot().generations().containsKey(generation)));
    }

    private static void keptAll(LoadReport report) {
        Counts counts = report.counts();
        String seen = report.plan().mode() + ": " + counts;
        System.out.println(seen);
        assertTrue(counts.clean(), () -> seen + " " + report.failures());
        assertEquals(0, counts.reconnects(), seen);
    }
}
