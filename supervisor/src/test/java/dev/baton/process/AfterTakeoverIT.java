package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.supervisor.control.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** When the new version has taken over for good: drains that do not end, upgrades that do not wait, workers that die. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class AfterTakeoverIT {
    private static final Duration POLL = Duration.ofMillis(20);

    @Test
    void oldOneThatNeitherDrainsNorEndsIsKilledWithAllThatItHasStarted() throws Exception {
        List<String> stubborn = new ArrayList<>(List.of("sh", "-c", "sleep 600 & exec \"$@\"", "sh"));
        stubborn.addAll(FaultyWorker.command("ignores-its-end"));
        try (RunningBaton baton = RunningBaton.builder()
                        .command(stubborn)
                        .flag("--drain", "5s")
                        .flag("--kill-after", "500ms")
                        .start();
                RawClient waiting = RawClient.connect(baton.address("http"));
                MixedLoad load = MixedLoad.onOnePage(baton)) {
            load.awaitAnswersFrom(1);
            waiting.send("GET /forever HTTP/1.1\r\nHost: it\r\n\r\n");
            JsonObject upgrade = baton.upgrade("v2");
            assertEquals("upgraded", upgrade.text("outcome"), upgrade::toString);
            assertEquals(1, upgrade.texts("cut").size(), upgrade::toString);
            baton.awaitLine(".*signal=TERM generation=1 .*");
            baton.awaitLine(".*signal=KILL generation=1 .*");
            long active = baton.workers().get(2);
            assertEquals(
                    Set.of(active, baton.pid()), Set.copyOf(Processes.knowing(baton.directory())), "who still lives");
            load.awaitAnswersFrom(2);
            load.stop().values().forEach(report -> assertTrue(report.counts().clean(), report::toString));
        }
    }

    /** What it has to finish need not be a connection. */
    @Test
    void oldOneThatTakesItsTimeToEndHasThatOfItsDrainForIt() throws Exception {
        try (RunningBaton baton = RunningBaton.builder()
                .command(FaultyWorker.command("takes-its-time-to-end"))
                .flag("--kill-after", "500ms")
                .start()) {
            assertEquals("upgraded", baton.upgrade("v2").text("outcome"));
            baton.awaitLine(".*all is in order");
            baton.awaitLine(".*exited generation=1 pid=[0-9]+ exited with 0");
            List<String> output = baton.output();
            assertTrue(output.stream().anyMatch(line -> line.contains("signal=TERM generation=1 ")), output::toString);
            assertTrue(output.stream().noneMatch(line -> line.contains("channel lost")), output::toString);
        }
    }

    @Test
    void upgradeDuringADrainCutsItShortAndLeavesNeverMoreThanOneRetiring() throws Exception {
        try (RunningBaton baton = RunningBaton.builder().flag("--drain", "60s").start();
                RawClient endless = RawClient.connect(baton.address("http"));
                MixedLoad load = MixedLoad.onOnePage(baton)) {
            load.awaitAnswersFrom(1);
            endless.send("GET /stream?lines=100000&ms=20 HTTP/1.1\r\nHost: it\r\n\r\n");
            await().atMost(RunningBaton.PATIENCE).pollInterval(POLL).until(endless::hasNews);
            assertEquals(202, baton.beginUpgrade(Places.demo("v2")).status());
            await().atMost(RunningBaton.PATIENCE)
                    .pollInterval(POLL)
                    .until(() -> baton.status().text("phase").equals("draining"));
            await("all others have gone over")
                    .atMost(RunningBaton.PATIENCE)
                    .pollInterval(POLL)
                    .until(() -> baton.status().objects("workers").stream()
                            .filter(worker -> worker.text("role").equals("retiring"))
                            .map(worker -> worker.object("connections"))
                            .anyMatch(its -> its.number("active") == 1 && its.number("idle") == 0));
            assertEquals(202, baton.beginUpgrade(Places.demo("v3")).status());
            await().atMost(RunningBaton.PATIENCE).pollInterval(POLL).until(() -> {
                JsonObject status = baton.status();
                List<String> roles = status.objects("workers").stream()
                        .map(worker -> worker.text("role"))
                        .toList();
                assertTrue(roles.size() <= 2, roles::toString);
                return status.text("phase").equals("serving")
                        && List.copyOf(baton.workers().keySet()).equals(List.of(3));
            });
            JsonObject first = baton.control().get("/v1/upgrades/1").json();
            assertEquals("upgraded", first.text("outcome"), first::toString);
            assertTrue(first.object("phases").number("draining") < 30_000, first::toString);
            assertEquals(1, first.texts("cut").size(), first::toString);
            load.awaitAnswersFrom(3);
            load.stop().values().forEach(report -> assertTrue(report.counts().clean(), report::toString));
        }
    }

    @Test
    void workerThatDiesAsSoonAsItServesIsRestartedEverMoreSeldomAndStatusSaysSo() throws Exception {
        try (RunningBaton baton = RunningBaton.builder()
                .command(FaultyWorker.command("dies-when-it-serves"))
                .flag("--backoff-first", "200ms")
                .flag("--backoff-most", "60s")
                .launch()) {
            baton.awaitLine(".*back-off=\\d+ms failures=3.*");
            JsonObject restarts = await().atMost(RunningBaton.PATIENCE)
                    .pollInterval(POLL)
                    .until(
                            () -> baton.status().object("supervisor").object("restarts"),
                            now -> now.number("inARow") >= 3 && now.has("next"));
            assertEquals(restarts.number("total"), restarts.number("inARow"));
            assertTrue(restarts.text("reason").contains("exited with 9"), restarts::toString);
            assertTrue(
                    Instant.parse(restarts.text("next")).isAfter(Instant.now().minusSeconds(5)));
            Command.Ended status = Command.baton(baton.directory(), "status");
            assertTrue(status.output().contains("fails to serve: "), status.output());
            await("between two starts that end as soon as they serve")
                    .atMost(RunningBaton.PATIENCE)
                    .pollInterval(POLL)
                    .until(() -> !baton.isHealthy());
            List<Long> pauses = baton.output().stream()
                    .filter(line -> line.contains("back-off="))
                    .map(line -> Long.valueOf(line.replaceFirst(".*back-off=(\\d+)ms.*", "$1")))
                    .toList();
            for (int i = 0; i < pauses.size(); i++) {
                long least = 200L << i;
                assertTrue(pauses.get(i) >= least && pauses.get(i) <= least + least / 4, pauses::toString);
            }
            // What fails again and again is best replaced.
            assertEquals("upgraded", baton.upgrade("v2").text("outcome"));
            assertEquals(
                    0, baton.status().object("supervisor").object("restarts").number("inARow"));
        }
    }
}
