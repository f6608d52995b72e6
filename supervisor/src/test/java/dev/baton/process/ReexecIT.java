package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.load.LoadReport;
import dev.baton.load.Mode;
import dev.baton.supervisor.control.ControlClient;
import dev.baton.supervisor.control.JsonObject;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The supervisor replaces its own program. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class ReexecIT {
    @TempDir
    private Path directory;

    private final RunningBaton.Builder builder = RunningBaton.builder();

    private static ConditionFactory eventually() {
        return await().atMost(RunningBaton.PATIENCE).pollInterval(Duration.ofMillis(20));
    }

    private List<String> demo(String label) {
        return HoldingDemo.command(directory, label);
    }

    @Test
    void clientsNoticeNothingBeforeDuringAndAfterUpgrades() throws Exception {
        builder.flag("--bake", "3s");
        try (RunningBaton baton = builder.command(demo("v1")).start()) {
            long pid = baton.status().object("supervisor").number("pid");
            Map<Mode, LoadReport> reports;
            try (MixedLoad load = MixedLoad.on(baton)) {
                load.awaitAnswersFrom(1);
                baton.reexec();
                load.awaitMoreAnswers();

                Path hold = Files.createFile(HoldingDemo.hold(directory, "start", 2));
                long upgrade = baton.beginUpgrade(demo("v2")).json().number("id");
                baton.awaitLine(".*stage=starting.* candidate=2 pid=.*");
                ControlClient.Reply refused = baton.control().post("/v1/reexec", Map.of());
                assertEquals(409, refused.status(), refused.body());
                assertTrue(refused.json().text("detail").contains("wait for its end"), refused.body());
                Files.delete(hold);

                baton.awaitLine(".*stage=baking.*");
                baton.reexec();
                assertEquals("baking", baton.status().text("phase"), "it bakes on");
                eventually()
                        .until(() -> baton.control()
                                .get("/v1/upgrades/" + upgrade)
                                .json()
                                .has("outcome"));
                assertEquals(
                        "upgraded",
                        baton.control().get("/v1/upgrades/" + upgrade).json().text("outcome"));
                load.awaitAnswersFrom(2);

                baton.reexec();
                JsonObject after = baton.upgrade(demo("v3")).json();
                assertEquals("upgraded", after.text("outcome"), after::toString);
                load.awaitAnswersFrom(3);
                reports = load.stop();
            }
            assertEquals(pid, baton.status().object("supervisor").number("pid"));
            reports.values().forEach(System.out::print);
            assertAll(reports.values().stream()
                    .map(report -> () -> assertTrue(
                            report.counts().clean(), () -> report.plan().mode() + ": " + report.failures())));
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    @Test
    void whoWaitsForAnUpgradeWaitsThroughIt() throws Exception {
        builder.flag("--bake", "3s");
        try (RunningBaton baton = builder.start()) {
            CompletableFuture<Command.Ended> upgrade = CompletableFuture.supplyAsync(() -> upgrade(baton));
            baton.awaitLine(".*stage=baking.*");
            baton.reexec();
            Command.Ended ended = upgrade.get(RunningBaton.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertEquals(0, ended.exitCode(), ended::output);
            assertTrue(ended.output().contains("generation 2 serves"), ended::output);
        }
    }

    private static Command.Ended upgrade(RunningBaton baton) {
        try {
            return Command.baton(baton.directory(), "upgrade");
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void eightInARowLeaveNoDescriptorAndNoZombieAndTheOutputGoesOn() throws Exception {
        try (RunningBaton baton = builder.command(demo("v1")).start()) {
            Path agent = baton.directory().resolve("baton-agent.jar");
            Object put = Files.getAttribute(agent, "unix:ino");
            baton.reexec();
            Map<String, Integer> before = kinds(baton.pid());
            for (int i = 0; i < 8; i++) {
                baton.reexec();
            }
            // Of sockets there is one more now and then, as long as a request is answered.
            eventually()
                    .untilAsserted(() -> kinds(baton.pid())
                            .forEach((kind, count) ->
                                    assertTrue(count <= before.getOrDefault(kind, 0), kind + " " + count)));
            assertEquals(put, Files.getAttribute(agent, "unix:ino"), "put anew, which takes room");
            long worker = baton.workers().get(1);
            int ticks = ticks(baton);
            eventually().until(() -> ticks(baton) > ticks + 10);
            Processes.signal("KILL", worker);
            baton.awaitLine(".*exited generation=1 pid=" + worker + " was killed by SIGKILL.*");
            assertTrue(Files.notExists(Path.of("/proc/" + worker)), "reaped");
            eventually().until(() -> baton.workers().keySet().equals(Set.of(2)) && baton.isHealthy());
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    private static int ticks(RunningBaton baton) {
        return (int)
                baton.output().stream().filter(line -> line.contains("] tick ")).count();
    }

    /** How many descriptors of each kind a process has; what comes and goes with a request does not count. */
    private static Map<String, Integer> kinds(long pid) throws IOException {
        Map<String, Integer> kinds = new TreeMap<>();
        for (String descriptor : Processes.descriptors(pid).values()) {
            if (!descriptor.startsWith("/proc")) {
                kinds.merge(descriptor.replaceAll("\\[\\d+]", ""), 1, Integer::sum);
            }
        }
        return kinds;
    }

    @Test
    void clientsInTheBacklogWaitThroughIt() throws Exception {
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
                String before = baton.startedAt();
                assertEquals(202, baton.control().post("/v1/reexec", Map.of()).status());
                baton.awaitLine(".*the program of this supervisor was replaced.*");
                Processes.signal("CONT", worker);
                baton.awaitProgramAfter(before);
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

    /** Of a copy of what is built, which a test may spoil; what stands in the place of the jar is put there whole. */
    private Path launcher() throws IOException {
        Path launcher = directory.resolve("scripts/baton");
        Files.createDirectories(launcher.getParent());
        Files.copy(Places.scripts().resolve("baton"), launcher, StandardCopyOption.COPY_ATTRIBUTES);
        Files.createDirectories(jar().getParent());
        Files.copy(built(), jar());
        return launcher;
    }

    private Path jar() {
        return directory.resolve("supervisor/target/baton.jar");
    }

    private static Path built() {
        return Places.scripts().resolveSibling("supervisor/target/baton.jar");
    }

    private void replaceJar(byte[] content) throws IOException {
        Path fresh = directory.resolve("fresh.jar");
        Files.write(fresh, content);
        Files.move(fresh, jar(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void aBrokenJarIsRefusedAndAWholeOneTakesOver() throws Exception {
        builder.program("sh", launcher().toString()).environment("JAVA_HOME", System.getProperty("java.home"));
        try (RunningBaton baton = builder.start()) {
            byte[] whole = Files.readAllBytes(built());
            replaceJar(Arrays.copyOf(whole, whole.length / 2));
            String before = baton.startedAt();
            Command.Ended refused = Command.baton(baton.directory(), "reexec");
            assertEquals(3, refused.exitCode(), refused::output);
            assertTrue(refused.output().contains("the new program cannot take over"), refused::output);
            assertEquals(before, baton.startedAt());
            assertEquals("upgraded", baton.upgrade("v2").text("outcome"));

            replaceJar(whole);
            Command.Ended done = Command.baton(baton.directory(), "reexec");
            assertEquals(0, done.exitCode(), done::output);
            assertTrue(done.output().contains("pid " + baton.pid() + " as before"), done::output);
            assertNotEquals(before, baton.startedAt());
            assertEquals("upgraded", baton.upgrade("v3").text("outcome"));
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    @Test
    void aKernelThatIsTooOldIsToldAndTheSupervisorGoesOn() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "there is no python3");
        builder.before(
                "/usr/bin/python3", Places.sources().resolve("old-kernel.py").toString());
        try (RunningBaton baton = builder.start()) {
            String before = baton.startedAt();
            Command.Ended refused = Command.baton(baton.directory(), "reexec");
            assertEquals(3, refused.exitCode(), refused::output);
            assertTrue(refused.output().contains("from Linux 5.11 on"), refused::output);
            assertTrue(refused.output().contains("close_range from fd"), refused::output);
            assertEquals(before, baton.startedAt());
            assertEquals("upgraded", baton.upgrade("v2").text("outcome"));
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    /** One of another version than this, as far as it is told in the file that each has. */
    private static Optional<Path> otherJdk() throws IOException {
        Pattern version = Pattern.compile("(?m)^JAVA_VERSION=\"(\\d+)");
        List<Path> releases = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(Path.of("/usr/lib/jvm"))) {
            for (Path home : found) {
                Path release = home.resolve("release");
                if (Files.isExecutable(home.resolve("bin/java")) && Files.isReadable(release)) {
                    Matcher its = version.matcher(Files.readString(release));
                    int feature = its.find() ? Integer.parseInt(its.group(1)) : 0;
                    if (feature >= 17 && feature != Runtime.version().feature()) {
                        releases.add(home);
                    }
                }
            }
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        return releases.stream().sorted().findFirst();
    }

    @Test
    void anotherJdkIsFoundByTheLauncher() throws Exception {
        Optional<Path> found = otherJdk();
        Assumptions.assumeTrue(found.isPresent(), "there is no other JDK, 17 or later, in /usr/lib/jvm");
        Path other = found.get();
        Path link = Files.createSymbolicLink(directory.resolve("jdk"), Path.of(System.getProperty("java.home")));
        builder.program("sh", launcher().toString()).environment("JAVA_HOME", link.toString());
        try (RunningBaton baton = builder.start()) {
            Files.delete(link);
            Files.createSymbolicLink(link, other);
            String before = baton.startedAt();
            baton.signal("USR2");
            baton.awaitProgramAfter(before);
            assertEquals(
                    other.resolve("bin/java").toRealPath(),
                    Path.of("/proc/" + baton.pid() + "/exe").toRealPath());
            assertEquals("upgraded", baton.upgrade("v2").text("outcome"));
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    @Test
    void theTcpEndpointIsThereAgainWithTheSameTokens() throws Exception {
        int port = Subject.freePort();
        Path file = directory.resolve("it.toml");
        Files.writeString(file, Places.configuration(Places.demo("v1"), """
                [control]
                http = "127.0.0.1:%d"
                """.formatted(port)));
        try (RunningBaton baton = builder.config(file).start()) {
            String token = Files.readString(baton.directory().resolve("read-token"));
            HttpRequest status = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/status"))
                    .header("Authorization", "Bearer " + token.strip())
                    .build();
            HttpClient client = HttpClient.newHttpClient();
            assertEquals(200, client.send(status, BodyHandlers.ofString()).statusCode());
            baton.reexec();
            eventually().ignoreExceptions().until(() -> {
                String answer = client.send(status, BodyHandlers.ofString()).body();
                return answer.contains("\"startedAt\":\"" + baton.startedAt() + "\"");
            });
            assertEquals(token, Files.readString(baton.directory().resolve("read-token")));
        }
    }

    @Test
    void tokenFileThatIsWrongIsRefused() throws Exception {
        Path reads = token("reads", "r".repeat(32));
        Path acts = token("acts", "a".repeat(32));
        Path file = directory.resolve("it.toml");
        Files.writeString(file, Places.configuration(Places.demo("v1"), """
                [control]
                http = "127.0.0.1:0"
                read-token-file = "%s"
                act-token-file = "%s"
                """.formatted(reads, acts)));
        try (RunningBaton baton = builder.config(file).start()) {
            Files.setPosixFilePermissions(reads, PosixFilePermissions.fromString("rw-r--r--"));
            assertRefused(baton, "is open to others: chmod 600 " + reads);
            token("reads", "a".repeat(32));
            assertRefused(baton, "the token that reads and the one that acts are the same");
            Files.delete(reads);
            assertRefused(baton, "there is no token file " + reads);
            token("reads", "n".repeat(32));
            baton.reexec();
        }
    }

    private Path token(String name, String text) throws IOException {
        Path file = directory.resolve(name);
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }

    private static void assertRefused(RunningBaton baton, String why) throws Exception {
        String before = baton.startedAt();
        Command.Ended refused = Command.baton(baton.directory(), "reexec");
        assertEquals(3, refused.exitCode(), refused::output);
        assertTrue(refused.output().contains(why), refused::output);
        assertEquals(before, baton.startedAt());
        assertTrue(baton.isHealthy());
    }

    /** The new program would take the workers' state for another's, and kill them. */
    @Test
    void nameThatHasChangedIsRefusedToWhoeverAsks() throws Exception {
        Path file = directory.resolve("it.toml");
        String text = Places.configuration(Places.demo("v1"), "");
        Files.writeString(file, text);
        try (RunningBaton baton = builder.configWithName(file).start()) {
            Files.writeString(file, "name = \"other\"\n" + text);
            Map<Integer, Long> workers = baton.workers();
            assertRefused(baton, "name changed from it to other; restart needed");
            baton.signal("USR2");
            baton.awaitLine(".*signal=USR2 reexec=refused reason=\"name changed from it to other; .*");
            assertEquals(workers, baton.workers());
            Files.writeString(file, text);
            baton.reexec();
            assertEquals(workers, baton.workers());
        }
    }

    @Test
    void directoryOfTheControlSocketThatHasGoneIsRefused() throws Exception {
        Path own = Files.createDirectory(directory.resolve("own"));
        try (RunningBaton baton =
                builder.flag("--control", own.resolve("it.sock").toString()).start()) {
            Path aside = Files.move(own, directory.resolve("aside"));
            ControlClient.Reply refused =
                    ControlClient.of(aside.resolve("it.sock")).post("/v1/reexec", Map.of());
            assertEquals(409, refused.status(), refused.body());
            assertTrue(refused.body().contains("there is no directory " + own), refused.body());
            Files.move(aside, own);
            baton.reexec();
        }
    }

    /** The new program could neither end nor reap it. */
    @Test
    void aHookIsToldAndGoneBeforeTheProgramIsReplaced() throws Exception {
        Path told = directory.resolve("told");
        Path file = directory.resolve("it.toml");
        Files.writeString(file, Places.configuration(Places.demo("v1"), """
                [hooks]
                command = ["sh", "-c", "sleep 5; cat >> %s"]
                deadline = "60s"
                """.formatted(told)));
        try (RunningBaton baton = builder.config(file).start()) {
            baton.reexec();
            assertTrue(Files.readString(told).contains("\"to\":\"serving\""), "of what happened before");
            assertEquals(0, Processes.zombies(baton.pid()));
            assertEquals(0, baton.stop());
        }
        List<String> started = Files.readAllLines(told).stream()
                .filter(line -> line.contains("\"from\":\"starting\",\"to\":\"serving\""))
                .toList();
        assertEquals(1, started.size(), "the new program starts nothing: " + started);
    }

    @Test
    void aSecondSupervisorIsRefusedAfterItAsBeforeAndTakesNothingAway() throws Exception {
        String control = directory.resolve("control.sock").toString();
        try (RunningBaton baton = builder.flag("--control", control).start()) {
            for (int i = 0; i < 3; i++) {
                Command.Ended second = Command.run(baton.directory(), builder.words());
                assertEquals(2, second.exitCode(), second::output);
                assertTrue(second.output().contains("already supervised (pid " + baton.pid() + ")"), second::output);
                baton.reexec();
            }
        }
    }
}
