package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Libc;
import dev.baton.load.Counts;
import dev.baton.load.LoadReport;
import dev.baton.load.LoadRun;
import dev.baton.supervisor.Installed;
import dev.baton.supervisor.control.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Programs of other languages, which inherit their sockets. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class ExecIT {
    private static final int UPGRADES = Integer.getInteger("baton.upgrades", 3);
    private static final List<String> DO_NOTHING = List.of("sleep", "600");

    @Test
    void nodeIsReplacedByAJvmAndBack() throws Exception {
        List<String> node = subject("node", "server.js");
        try (RunningBaton baton = start(node, "--ready-after", "500ms")) {
            List<List<String>> commands = new ArrayList<>();
            for (int i = 0; i < UPGRADES; i++) {
                commands.add(Places.demo("jvm" + i));
                commands.add(node);
            }
            upgradeUnderChurn(baton, commands);
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    @Test
    void pythonSaysWhenItIsReadyAndHow() throws Exception {
        List<String> python = subject("python3", "server.py");
        try (RunningBaton baton = start(python)) {
            JsonObject worker = baton.status().objects("workers").get(0);
            assertEquals("the shop is open", worker.text("text"));
            assertTrue(worker.toString().contains("\"park\":false"), worker::toString);
            upgradeUnderChurn(baton, List.of(python, python));
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    @Test
    void programIsGivenItsSocketsAndNothingElse() throws Exception {
        try (RunningBaton baton = RunningBaton.builder()
                .listen("line", "127.0.0.1:0")
                .listen("http", "127.0.0.1:0")
                .before("sh", "-c", "trap '' HUP INT USR1; exec \"$@\"", "sh")
                .flag("--wrap", "exec")
                .flag("--ready-after", "100ms")
                .command(DO_NOTHING)
                .start()) {
            long pid = baton.workers().get(1);
            Map<Integer, String> open = new TreeMap<>(Processes.descriptors(pid));
            assertEquals("/dev/null", open.remove(0));
            assertTrue(open.remove(1).startsWith("pipe:"), "standard output");
            assertTrue(open.remove(2).startsWith("pipe:"), "standard error");
            assertEquals(
                    List.of(socketOf(baton, "line"), socketOf(baton, "http")), List.of(open.remove(3), open.remove(4)));
            assertEquals(Map.of(), open);
            Map<String, String> environment = Processes.environment(pid);
            assertEquals("2", environment.get("LISTEN_FDS"));
            assertEquals("line:http", environment.get("LISTEN_FDNAMES"));
            assertEquals(Long.toString(pid), environment.get("LISTEN_PID"));
            assertEquals(baton.directory().resolve("1-notify.sock").toString(), environment.get("NOTIFY_SOCKET"));
            Map<String, String> status = Processes.status(pid);
            assertEquals(Long.toString(pid), status.get("NSsid"), "the leader of its session");
            assertEquals("0000000000000000", status.get("SigBlk"));
            assertEquals("0000000000000000", status.get("SigIgn"));
        }
    }

    @Test
    void scriptThatEndsInAProgramOfTheKitIsNoticed() throws Exception {
        List<String> script = new ArrayList<>(List.of("/bin/sh", "-c", "exec \"$@\"", "sh"));
        script.addAll(Places.demo("v1"));
        try (RunningBaton baton = start(script)) {
            JsonObject worker = baton.status().objects("workers").get(0);
            assertTrue(worker.toString().contains("\"park\":true"), worker::toString);
        }
    }

    @Test
    void nextSupervisorTakesTheListenersBack() throws Exception {
        List<String> python = subject("python3", "server.py");
        RunningBaton.Builder builder = builder(python);
        try (RunningBaton baton = builder.start();
                LoadRun run = MixedLoad.churn(baton.address("http"))) {
            awaitAnswersFrom(run, 1);
            Map<Integer, Long> workers = baton.workers();
            baton.dies();
            baton.runAgain(builder);
            assertEquals(workers, baton.workers());
            assertEquals("upgraded", baton.upgrade(python).json().text("outcome"));
            awaitAnswersFrom(run, 2);
            holds(run.stop());
        }
    }

    @Test
    void programThatClearsTheSocketsNonBlockingFlagIsMended() throws Exception {
        List<String> blocking = new ArrayList<>(subject("python3", "server.py"));
        blocking.add("blocking");
        try (RunningBaton baton = start(blocking)) {
            baton.awaitLine(".*listener=http generation=1 had cleared O_NONBLOCK.*");
        }
    }

    @Test
    void programThatCannotServeIsNoUpgrade() throws Exception {
        List<String> python = subject("python3", "server.py");
        try (RunningBaton baton = start(python, "--ready-timeout", "5s");
                LoadRun run = MixedLoad.churn(baton.address("http"))) {
            awaitAnswersFrom(run, 1);
            Map<Integer, Long> workers = baton.workers();

            JsonObject missing = baton.upgrade(List.of("/no/such/program")).json();
            assertTrue(missing.toString().contains("no file /no/such/program"), missing::toString);

            JsonObject ended = baton.upgrade(List.of("sh", "-c", "echo out of paint; exit 3"))
                    .json();
            assertEquals("exited-before-ready", ended.text("outcome"));
            assertEquals(List.of("out of paint"), ended.texts("output"));

            JsonObject silent = baton.upgrade(DO_NOTHING).json();
            assertEquals("not-ready-in-time", silent.text("outcome"));
            assertTrue(silent.text("reason").contains("READY=1"), silent::toString);
            assertTrue(silent.text("reason").contains("--ready-after"), silent::toString);

            assertEquals(workers, baton.workers());
            holds(run.stop());
        }
    }

    @Test
    void programThatEndsBeforeItWouldBeReadyIsNoUpgrade() throws Exception {
        try (RunningBaton baton = start(DO_NOTHING, "--ready-after", "500ms")) {
            Map<Integer, Long> workers = baton.workers();
            // Somebody else holds its output open, so that its last words, and with them its exit, are waited for.
            JsonObject ended = baton.upgrade(List.of("sh", "-c", "setsid sleep 5 & exit 3"))
                    .json();
            assertEquals("exited-before-ready", ended.text("outcome"), ended::toString);
            assertEquals(workers, baton.workers());
        }
    }

    @Test
    void programIsGivenTheTimeThatItAsksFor() throws Exception {
        List<String> slow = python("extend=60000000", "start-takes=5", "end-takes=4");
        List<String> hasty = python("extend=1", "start-takes=0.5");
        try (RunningBaton baton =
                start(python(), "--ready-timeout", "4s", "--drain", "500ms", "--kill-after", "500ms")) {
            assertEquals("upgraded", baton.upgrade(slow).json().text("outcome"));
            assertEquals("upgraded", baton.upgrade(hasty).json().text("outcome"), "less than it has shortens nothing");
            baton.awaitLine(".*gen 2 pid .*ended by itself");
            baton.awaitLine(".*exited generation=2 .* exited with 0");
            JsonObject tooSlow =
                    baton.upgrade(python("extend=2500000", "start-takes=120")).json();
            assertEquals("not-ready-in-time", tooSlow.text("outcome"), tooSlow::toString);
        }
    }

    @Test
    void programThatSaysThatItStopsIsGivenThatToo() throws Exception {
        List<String> polite = python("extend=60000000", "says-stopping", "end-takes=4");
        try (RunningBaton baton = start(polite, "--drain", "500ms", "--kill-after", "500ms")) {
            assertEquals("upgraded", baton.upgrade(python()).json().text("outcome"));
            baton.awaitLine(".*stopping generation=1 .*");
            baton.awaitLine(".*gen 1 pid .*ended by itself");
            baton.awaitLine(".*exited generation=1 .* exited with 0");
        }
    }

    @Test
    void nobodyElseSpeaksForIt() throws Exception {
        try (RunningBaton baton = start(python("child"))) {
            assertEquals("opened by a child", textOf(baton));
            Path notify = baton.directory().resolve("1-notify.sock");
            byte[] lie = "STATUS=I am somebody else\nSTOPPING=1".getBytes(StandardCharsets.US_ASCII);
            assertTrue(Libc.sendDatagram(notify.toString(), lie, List.of(), Duration.ofSeconds(5)));
            long own = ProcessHandle.current().pid();
            baton.awaitLine(".*generation=1 ignored at its notify socket: pid=" + own + " .*");
            assertEquals("opened by a child", textOf(baton));
        }
    }

    private static String textOf(RunningBaton baton) throws IOException {
        return baton.status().objects("workers").get(0).text("text");
    }

    private static List<String> python(String... more) {
        List<String> command = new ArrayList<>(subject("python3", "server.py"));
        command.addAll(List.of(more));
        return command;
    }

    @Test
    void nextProgramOfTheSupervisorKeepsThem() throws Exception {
        List<String> python = subject("python3", "server.py");
        try (RunningBaton baton = start(python);
                LoadRun run = MixedLoad.churn(baton.address("http"))) {
            awaitAnswersFrom(run, 1);
            Map<Integer, Long> workers = baton.workers();
            baton.reexec();
            assertEquals(workers, baton.workers());
            assertEquals("upgraded", baton.upgrade(python).json().text("outcome"));
            awaitAnswersFrom(run, 2);
            holds(run.stop());
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    @Test
    void programThatGivesItsPrivilegesUpIsFoundAgain() throws Exception {
        try (SecondUser shop = SecondUser.create("daemon")) {
            List<String> command = new ArrayList<>(List.of(shop.before()));
            command.set(0, "/usr/bin/setpriv");
            command.addAll(python("silent")); // it cannot even reach its notify socket
            RunningBaton.Builder builder = builder(command).flag("--ready-after", "500ms");
            try (RunningBaton baton = builder.start()) {
                Map<Integer, Long> workers = baton.workers();
                baton.reexec();
                assertEquals(workers, baton.workers());
                baton.dies();
                baton.runAgain(builder);
                assertEquals(workers, baton.workers());
                assertEquals(0, baton.stop());
                baton.noProcessLeft();
            }
        }
    }

    @Test
    void supervisorThatCannotGoOnLeavesThemTheirFiles(@TempDir Path directory) throws Exception {
        Path socket = directory.resolve("http.sock");
        RunningBaton.Builder builder =
                RunningBaton.builder().listen("http", "unix:" + socket).command(python());
        try (RunningBaton baton = builder.start();
                UnixClient client = UnixClient.start(socket)) {
            Map<Integer, Long> workers = baton.workers();
            baton.dies();
            Path handover = baton.directory().resolve("handover.sock");
            Files.delete(handover);
            Path inTheWay = Files.createFile(Files.createDirectory(handover).resolve("file"));
            Command.Ended failed = Command.run(baton.directory(), builder.words());
            assertEquals(2, failed.exitCode(), failed::output);
            assertTrue(failed.output().contains("handover.sock"), failed::output);
            Files.delete(inTheWay);
            baton.runAgain(builder);
            assertEquals(workers, baton.workers());
            client.awaitAnswer("python gen=1");
            assertEquals(List.of(), client.stop());
        }
    }

    @Test
    void programRunsAsAnotherUserAndIsHeard() throws Exception {
        try (SecondUser shop = SecondUser.create("daemon");
                RunningBaton baton = start(subject("python3", "server.py"), "--user", shop.name())) {
            Map<String, String> is = Processes.status(baton.workers().get(1));
            assertTrue(is.get("Uid").startsWith(shop.uid() + "\t"), is::toString);
            assertEquals(
                    "the shop is open", baton.status().objects("workers").get(0).text("text"));
        }
    }

    @Test
    void programThatIsToldToFinishByASignalOfItsOwn() throws Exception {
        List<String> deaf =
                List.of("sh", "-c", "trap '' TERM; trap 'echo so be it; exit 0' QUIT; while :; do sleep 0.05; done");
        try (RunningBaton baton = start(deaf, "--ready-after", "200ms", "--stop-signal", "SIGQUIT")) {
            assertEquals("upgraded", baton.upgrade(DO_NOTHING).json().text("outcome"));
            baton.awaitLine(".*gen 1 pid .*so be it");
            baton.awaitLine(".*exited generation=1 .* exited with 0");
        }
    }

    /** Its second signal would be the end of what it has in work: many programs take the first one alone. */
    @Test
    void programThatFinishesIsToldOnceHoweverManySupervisorsThereAre() throws Exception {
        String finishing = "n=0; trap 'n=$((n+1)); echo told $n' QUIT; trap 'echo done; exit 0' USR1; while :; do sleep"
                + " 0.05; done";
        RunningBaton.Builder builder = builder(List.of("sh", "-c", finishing))
                .flag("--ready-after", "200ms")
                .flag("--stop-signal", "SIGQUIT")
                .flag("--drain", "60s");
        try (RunningBaton baton = builder.start()) {
            long old = baton.workers().get(1);
            baton.beginUpgrade(DO_NOTHING);
            baton.awaitLine(".*told 1");
            baton.reexec();
            baton.dies();
            baton.runAgain(builder);
            assertEquals(old, baton.workers().get(1), "it is not hurried");
            Libc.kill((int) old, 10); // SIGUSR1
            baton.awaitLine(".*exited generation=1 .*");
            assertTrue(
                    baton.output().stream().noneMatch(line -> line.contains("told 2")),
                    () -> baton.output().toString());
        }
    }

    private static List<String> subject(String interpreter, String file) {
        Installed.assume(interpreter);
        return List.of("/usr/bin/" + interpreter, Places.sources().resolve(file).toString());
    }

    private static RunningBaton start(List<String> command, String... flags) throws Exception {
        RunningBaton.Builder builder = builder(command);
        for (int i = 0; i < flags.length; i += 2) {
            builder.flag(flags[i], flags[i + 1]);
        }
        return builder.start();
    }

    private static RunningBaton.Builder builder(List<String> command) {
        return RunningBaton.builder()
                .listen("http", "127.0.0.1:0")
                .flag("--drain", "5s")
                .command(command);
    }

    private static void upgradeUnderChurn(RunningBaton baton, List<List<String>> commands) throws Exception {
        try (LoadRun run = MixedLoad.churn(baton.address("http"))) {
            awaitAnswersFrom(run, 1);
            int generation = 1;
            for (List<String> command : commands) {
                generation++;
                JsonObject upgrade = baton.upgrade(command).json();
                assertEquals("upgraded", upgrade.text("outcome"), upgrade::toString);
                awaitAnswersFrom(run, generation);
            }
            holds(run.stop());
        }
    }

    private static void awaitAnswersFrom(LoadRun run, int generation) {
        await().atMost(RunningBaton.PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> run.snapshot().generations().containsKey(generation));
    }

    private static void holds(LoadReport report) {
        System.out.print(report);
        Counts counts = report.counts();
        assertTrue(counts.ok() > 0, counts::toString);
        assertTrue(counts.clean(), () -> counts + " " + report.failures());
        assertFalse(counts.refused() > 0, counts::toString);
    }

    /** As /proc/PID/fd has it. */
    private static String socketOf(RunningBaton baton, String listener) throws IOException {
        List<String> inodes = Processes.listenersAt(baton.address(listener).getPort());
        assertEquals(1, inodes.size());
        return "socket:[" + inodes.get(0) + "]";
    }
}
