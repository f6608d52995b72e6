package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.load.LoadReport;
import dev.baton.load.LoadRun;
import dev.baton.load.Mode;
import dev.baton.supervisor.control.JsonObject;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The supervisor is killed, and another one takes its workers back. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class SupervisorDeathIT {
    @TempDir
    private Path holds;

    private final RunningBaton.Builder builder = RunningBaton.builder();

    private static ConditionFactory eventually() {
        return await().atMost(RunningBaton.PATIENCE).pollInterval(Duration.ofMillis(20));
    }

    private List<String> demo(String label) {
        return HoldingDemo.command(holds, label);
    }

    private Path hold(String point, int generation) throws IOException {
        return Files.createFile(HoldingDemo.hold(holds, point, generation));
    }

    /** How far the supervisor is to come before it dies, under load. */
    private interface Way {
        /** @return which hold then is to be released, or {@code null} */
        Path go(RunningBaton baton) throws Exception;
    }

    /**
     * Kills the supervisor under load where the way ends, and has another one take over; there is one worker then, and
     * an upgrade works.
     *
     * @param survivor the generation that serves in the end
     */
    private void dies(int survivor, int newest, Way way) throws Exception {
        try (RunningBaton baton = builder.command(demo("v1")).start()) {
            List<String> sockets = listeners(baton);
            assertEquals(2, sockets.size(), sockets.toString());
            Map<Mode, LoadReport> reports;
            try (MixedLoad load = MixedLoad.on(baton)) {
                load.awaitAnswersFrom(1);
                Path hold = way.go(baton);
                baton.dies();
                if (hold != null) {
                    Files.delete(hold);
                }
                load.awaitMoreAnswers();
                baton.runAgain(builder);
                eventually().until(() -> baton.status().text("phase").equals("serving"));
                assertEquals(Set.of(survivor), baton.workers().keySet());
                assertEquals(sockets, listeners(baton), "the same sockets as ever");
                JsonObject upgrade = baton.upgrade(demo("next")).json();
                assertEquals("upgraded", upgrade.text("outcome"), upgrade::toString);
                assertEquals(newest + 1, upgrade.number("to"), upgrade::toString);
                load.awaitAnswersFrom(newest + 1);
                reports = load.stop();
            }
            reports.values().forEach(System.out::print);
            assertAll(reports.values().stream()
                    .map(report -> () -> assertTrue(
                            report.counts().clean(), () -> report.plan().mode() + ": " + report.failures())));
            assertEquals(1, baton.workers().size());
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    private static List<String> listeners(RunningBaton baton) throws IOException {
        List<String> inodes = new ArrayList<>();
        inodes.addAll(Processes.listenersAt(baton.address("http").getPort()));
        inodes.addAll(Processes.listenersAt(baton.address("line").getPort()));
        return inodes;
    }

    @Test
    void whileItServes() throws Exception {
        dies(1, 1, baton -> null);
    }

    @Test
    void againAndAgainWithUpgradesInBetween() throws Exception {
        dies(3, 3, baton -> {
            for (int generation = 2; generation <= 3; generation++) {
                baton.dies();
                baton.runAgain(builder);
                assertEquals(
                        "upgraded", baton.upgrade(demo("v" + generation)).json().text("outcome"));
                assertEquals(
                        generation - 1,
                        baton.control()
                                .get("/v1/upgrades/" + (generation - 1))
                                .json()
                                .number("id"));
            }
            return null;
        });
    }

    @Test
    void oneThatCannotBeControlledLeavesTheWorkersToTheNext() throws Exception {
        int port = Subject.freePort();
        Path file = holds.resolve("it.toml");
        Files.writeString(file, """
                command = ["%s"]
                [listen]
                http = "127.0.0.1:0"
                line = "127.0.0.1:0"
                [control]
                http = "127.0.0.1:%d"
                """.formatted(String.join("\", \"", Places.demo("v1")), port));
        try (RunningBaton baton = builder.config(file).start();
                LoadRun load = MixedLoad.churn(baton.address("http"))) {
            Map<Integer, Long> workers = baton.workers();
            baton.dies();
            try (ServerSocket taken = new ServerSocket()) {
                taken.bind(new InetSocketAddress("127.0.0.1", port));
                Command.Ended failed = Command.run(baton.directory(), builder.words());
                assertEquals(2, failed.exitCode(), failed::output);
                assertTrue(failed.output().contains("Address already in use"), failed::output);
                assertTrue(failed.output().contains("serve on"), failed::output);
            }
            baton.runAgain(builder);
            assertEquals(workers, baton.workers());
            LoadReport report = load.stop();
            assertTrue(report.counts().clean(), () -> report.failures().toString());
        }
    }

    @Test
    void whatCouldNotBeWrittenIsWrittenAsSoonAsItCan() throws Exception {
        try (RunningBaton baton = builder.command(demo("v1")).start()) {
            Path inTheWay =
                    Files.createFile(Files.createDirectory(baton.directory().resolve("state.json.new"))
                            .resolve("file"));
            assertEquals("upgraded", baton.upgrade(demo("v2")).json().text("outcome"));
            baton.awaitOneWorker();
            assertEquals(202, baton.control().post("/v1/reexec", Map.of()).status());
            baton.awaitLine(".*could not be replaced by .*, and goes on.*");
            Map<Integer, Long> workers = baton.workers();
            Files.delete(inTheWay);
            baton.awaitLine(".*state-file=.* is written again.*");
            baton.dies();
            baton.runAgain(builder);
            assertEquals(workers, baton.workers());
            assertEquals("upgraded", baton.upgrade(demo("v3")).json().text("outcome"));
            assertEquals(Set.of(3), baton.workers().keySet());
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    @Test
    void anAddressThatIsTakenIsNoReasonNotToGoOn() throws Exception {
        try (RunningBaton baton = builder.command(demo("v1")).start();
                ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            builder.listen("http", "127.0.0.1:0")
                    .listen("line", "127.0.0.1:0")
                    .listen("more", "127.0.0.1:" + taken.getLocalPort());
            Map<Integer, Long> workers = baton.workers();
            baton.dies();
            baton.runAgain(builder);
            assertEquals(workers, baton.workers());
            baton.awaitLine(".*what is configured now does not count yet: cannot listen on more=.*");
        }
    }

    @Test
    void whileACandidateStarts() throws Exception {
        dies(1, 2, baton -> {
            Path hold = hold("start", 2);
            baton.beginUpgrade(demo("v2"));
            baton.awaitLine(".*stage=starting.* candidate=2 pid=.*");
            return hold;
        });
    }

    @Test
    void whileACandidateTakesOver() throws Exception {
        dies(1, 2, baton -> {
            Path hold = hold("accept", 2);
            baton.beginUpgrade(demo("v2"));
            baton.awaitLine(".*stage=accepting.*");
            return hold;
        });
    }

    @Test
    void whileTheOldWorkerParks() throws Exception {
        dies(2, 2, baton -> {
            Path hold = hold("park", 1);
            baton.beginUpgrade(demo("v2"));
            baton.awaitLine(".*stage=parking.*");
            return hold;
        });
    }

    @Test
    void whileTheNewWorkerBakes() throws Exception {
        builder.flag("--bake", "4s");
        dies(2, 2, baton -> {
            baton.beginUpgrade(demo("v2"));
            baton.awaitLine(".*stage=baking.*");
            return null;
        });
    }

    @Test
    void whileTheOldWorkerDrains() throws Exception {
        List<RawClient> slow = new ArrayList<>();
        dies(2, 2, baton -> {
            slow.add(RawClient.connect(baton.address("http")));
            slow.get(0).send("GET /slow?ms=8000 HTTP/1.1\r\nHost: it\r\n\r\n");
            eventually().until(() -> baton.isBusy(1));
            baton.beginUpgrade(demo("v2"));
            baton.awaitLine(".*stage=draining.*");
            return null;
        });
        try (RawClient client = slow.get(0)) {
            assertTrue(client.answer().text().startsWith("v1 gen=1 "));
        }
    }

    /** Its listeners are closed by then: the next one binds them again, where they were. */
    @Test
    void whileAllStops() throws Exception {
        try (RunningBaton baton = builder.start()) {
            InetSocketAddress http = baton.address("http");
            try (RawClient slow = RawClient.connect(http)) {
                slow.send("GET /stream?lines=40&ms=100 HTTP/1.1\r\nHost: it\r\n\r\n");
                eventually().until(slow::hasNews);
                baton.signal("TERM");
                baton.awaitLine(".*listener=http .*closed");
                assertThrows(ConnectException.class, () -> RawClient.connect(http));
                baton.dies();
                baton.runAgain(builder);
                assertEquals(http, baton.address("http"));
                assertTrue(RawClient.get(http, "/").text().startsWith("v1 gen=2 "));
                assertEquals(40, slow.answer().text().lines().count());
            }
            baton.awaitOneWorker();
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    @Test
    void whileACandidateThatIgnoresTermIsAborted() throws Exception {
        builder.flag("--ready-timeout", "10s").flag("--kill-after", "3s");
        dies(1, 2, baton -> {
            baton.beginUpgrade(List.of("sh", "-c", "trap '' TERM; while :; do sleep 1; done"));
            baton.awaitLine(".*stage=aborting.*");
            return null;
        });
    }

    @Test
    void whileTheOldWorkerIsCalledBack() throws Exception {
        builder.flag("--bake", "60s");
        List<Path> hold = new ArrayList<>();
        dies(1, 2, baton -> {
            baton.beginUpgrade(demo("v2"));
            baton.awaitLine(".*stage=baking.*");
            hold.add(hold("accept", 1));
            assertEquals(202, baton.control().post("/v1/rollback", Map.of()).status());
            baton.awaitLine(".*stage=rolling-back.*");
            builder.flag("--bake", "0s");
            return hold.get(0);
        });
    }

    @Test
    void whileTheVersionThatWasRolledBackDrains() throws Exception {
        builder.flag("--bake", "60s");
        List<RawClient> slow = new ArrayList<>();
        dies(1, 2, baton -> {
            baton.beginUpgrade(demo("v2"));
            baton.awaitLine(".*stage=baking.*");
            slow.add(RawClient.connect(baton.address("http")));
            slow.get(0).send("GET /slow?ms=8000 HTTP/1.1\r\nHost: it\r\n\r\n");
            eventually().until(() -> baton.isBusy(2));
            assertEquals(202, baton.control().post("/v1/rollback", Map.of()).status());
            eventually().until(() -> baton.worker(2).orElseThrow().text("role").equals("retiring"));
            builder.flag("--bake", "0s");
            return null;
        });
        try (RawClient client = slow.get(0)) {
            assertTrue(client.answer().text().startsWith("v2 gen=2 "));
        }
    }

    @Test
    void theWorkersOutputIsReadAgainAndItHasServedOnWithoutAReader() throws Exception {
        try (RunningBaton baton = builder.command(demo("v1")).start()) {
            baton.awaitLine("\\[gen 1 pid \\d+] tick .*");
            InetSocketAddress http = baton.address("http");
            baton.dies();
            // Some pipes full of lines.
            assertTrue(RawClient.get(http, "/slow?ms=1000").text().startsWith("v1 gen=1 "));
            baton.runAgain(builder);
            eventually()
                    .until(() -> baton.latestOutput().stream().anyMatch(l -> l.matches("\\[gen 1 pid \\d+] tick .*")));
            eventually()
                    .until(() -> baton.latestOutput().stream().anyMatch(l -> l.matches("\\[gen 1 pid \\d+] tock .*")));
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    @Test
    void clientsInTheBacklogOfAWorkerThatIsStoppedWaitThroughTheSupervisorsDeath() throws Exception {
        try (RunningBaton baton = builder.start()) {
            InetSocketAddress http = baton.address("http");
            long worker = baton.workers().get(1);
            Processes.signal("STOP", worker);
            List<RawClient> waiting = new ArrayList<>();
            try {
                for (int i = 0; i < 20; i++) {
                    waiting.add(RawClient.connect(http));
                    waiting.get(i).send("GET / HTTP/1.1\r\nHost: it\r\n\r\n");
                }
                baton.dies();
                CompletableFuture<Void> later = CompletableFuture.runAsync(
                        () -> go(worker), CompletableFuture.delayedExecutor(3, TimeUnit.SECONDS));
                baton.runAgain(builder);
                later.get(20, TimeUnit.SECONDS);
                for (RawClient client : waiting) {
                    assertTrue(client.answer().text().startsWith("v1 gen=1 "));
                }
            } finally {
                for (RawClient client : waiting) {
                    client.close();
                }
            }
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    private static void go(long pid) {
        try {
            Processes.signal("CONT", pid);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aWorkerThatHangsIsEndedAndItsAddressServedByAnother() throws Exception {
        builder.flag("--kill-after", "1s");
        try (RunningBaton baton = builder.start()) {
            InetSocketAddress http = baton.address("http");
            Processes.signal("STOP", baton.workers().get(1));
            baton.dies();
            baton.runAgain(builder);
            assertEquals(http, baton.address("http"));
            assertTrue(RawClient.get(http, "/").text().startsWith("v1 gen=2 "));
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    @Test
    void whereNothingLivesAnyMoreItIsStartedAnewAndGenerationsGoOn() throws Exception {
        try (RunningBaton baton = builder.start()) {
            InetSocketAddress http = baton.address("http");
            assertEquals("upgraded", baton.upgrade("v2").text("outcome"));
            long worker = baton.workers().get(2);
            baton.dies();
            Processes.signal("KILL", worker);
            baton.runAgain(builder);
            assertEquals(http, baton.address("http"));
            assertTrue(RawClient.get(http, "/").text().startsWith("v2 gen=3 "), "what served, serves again");
            assertEquals(1, baton.status().object("lastUpgrade").number("id"));
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    @Test
    void whatHadJustBeenSpawnedAndNobodyKnowsOfIsKilledAndChildrenOfLivingWorkersAreNot() throws Exception {
        try (RunningBaton baton = builder.start()) {
            Map<String, String> environment =
                    Processes.environment(baton.workers().get(1));
            Process orphan = sleeper(environment.get("BATON_HANDOVER"), "unknown");
            Process child = sleeper(environment.get("BATON_HANDOVER"), environment.get("BATON_TOKEN"));
            try {
                baton.dies();
                baton.runAgain(builder);
                assertTrue(orphan.waitFor(10, TimeUnit.SECONDS));
                assertTrue(child.isAlive());
                assertEquals(Set.of(1), baton.workers().keySet());
            } finally {
                orphan.destroyForcibly();
                child.destroyForcibly();
            }
        }
    }

    private static Process sleeper(String handover, String token) throws IOException {
        ProcessBuilder sleep = new ProcessBuilder("sleep", "600");
        sleep.environment().put("BATON_HANDOVER", handover);
        sleep.environment().put("BATON_TOKEN", token);
        return sleep.start();
    }

    @Test
    void aStateThatCannotBeUnderstoodIsMovedAsideAndServiceStartsAnew() throws Exception {
        try (RunningBaton baton = builder.listen("http", "127.0.0.1:0")
                .listen("line", "127.0.0.1:0")
                .start()) {
            long worker = baton.workers().get(1);
            baton.dies();
            Path state = baton.directory().resolve("state.json");
            Files.writeString(state, Files.readString(state).replace("Serving", "Dreaming"));
            baton.runAgain(builder);
            baton.awaitLine(".*state.json is not used: there is no phase \"Dreaming\".*");
            assertNotEquals(worker, baton.workers().get(1));
            assertFalse(Processes.knowing(baton.directory()).contains(worker));
            assertEquals(0, baton.stop());
            Files.delete(baton.directory().resolve("state.json.not-understood"));
            baton.noProcessLeft();
        }
    }

    @Test
    void anotherCommandAndAnotherListenerCountWithTheNextUpgrade() throws Exception {
        try (RunningBaton baton = builder.listen("http", "127.0.0.1:0")
                .listen("line", "127.0.0.1:0")
                .start()) {
            InetSocketAddress http = baton.address("http");
            baton.dies();
            builder.label("v2", "--tls").listen("https", "127.0.0.1:0");
            baton.runAgain(builder);
            assertTrue(RawClient.get(http, "/").text().startsWith("v1 gen=1 "));
            assertEquals(3, baton.status().objects("listeners").size());
            JsonObject upgrade =
                    baton.control().post("/v1/upgrade?wait=120s", Map.of()).json();
            assertEquals("upgraded", upgrade.text("outcome"), upgrade::toString);
            assertTrue(RawClient.get(http, "/").text().startsWith("v2 gen=2 "));
            InetSocketAddress https = baton.address("https");
            try (Socket client =
                    Libraries.trusting().getSocketFactory().createSocket(https.getAddress(), https.getPort())) {
                ((SSLSocket) client).startHandshake();
            }
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }
}
