package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.supervisor.Installed;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A supervisor of root's whose workers are somebody else. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class OtherUserIT {
    @TempDir
    private Path directory;

    @Test
    void rootBindsALowPortAndItsWorkersServeItAsSomebodyElseThroughUpgrades() throws Exception {
        try (SecondUser shop = SecondUser.create("daemon", "users");
                RunningBaton baton = RunningBaton.builder()
                        .environment("XDG_RUNTIME_DIR", "/run/user/0")
                        .flag("--user", shop.name())
                        .listen("http", "127.0.0.1:" + freeLowPort())
                        .listen("line", "unix:" + directory.resolve("line.sock"))
                        .start()) {
            for (int generation = 1; generation <= 3; generation++) {
                assertTrue(RawClient.get(baton.address("http"), "/").text().contains(" gen=" + generation + " "));
                assertIsNobodyBut(shop, baton.workers().get(generation));
                assertEquals("upgraded", baton.upgrade("v" + (generation + 1)).text("outcome"));
            }
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    @Test
    void workersOpenStandardOutputAndErrorAnewAlsoAfterTheSupervisorsDeath() throws Exception {
        RunningBaton.Builder builder = RunningBaton.builder();
        try (SecondUser shop = SecondUser.create("daemon");
                RunningBaton baton = builder.flag("--user", shop.name())
                        .flag("--ready-after", "100ms")
                        .command(List.of(
                                "sh",
                                "-c",
                                "while sleep 0.1; do echo out $((n += 1)) > /dev/stdout;"
                                        + " echo err $n > /dev/stderr; done"))
                        .start()) {
            baton.awaitLine("\\[gen 1 .* out \\d+");
            baton.awaitLine("\\[gen 1 .* err \\d+");
            baton.dies();
            baton.runAgain(builder);
            await().atMost(RunningBaton.PATIENCE)
                    .until(() -> baton.latestOutput().stream().anyMatch(line -> line.matches("\\[gen 1 .* err \\d+")));
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    private static int freeLowPort() throws IOException {
        for (int port = 1023; port > 600; port--) {
            try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return probe.getLocalPort();
            } catch (IOException e) {
                continue; // taken
            }
        }
        throw new IOException("no low port is free");
    }

    private static void assertIsNobodyBut(SecondUser user, long pid) throws Exception {
        Map<String, String> is = Processes.status(pid);
        String uid = Integer.toString(user.uid());
        String gid = Integer.toString(user.gid());
        assertEquals(String.join("\t", uid, uid, uid, uid), is.get("Uid"));
        assertEquals(String.join("\t", gid, gid, gid, gid), is.get("Gid"));
        assertEquals(
                Stream.of(user.run(List.of("id", "-G")).output().strip().split(" "))
                        .sorted()
                        .toList(),
                Stream.of(is.get("Groups").strip().split(" ")).sorted().toList());
        for (String capabilities : List.of("CapInh", "CapPrm", "CapEff", "CapAmb")) {
            assertEquals("0000000000000000", is.get(capabilities), capabilities);
        }
        assertEquals("1", is.get("NoNewPrivs"));
        Map<String, String> environment = Processes.environment(pid);
        assertEquals("/home/" + user.name(), environment.get("HOME"));
        assertEquals(user.name(), environment.get("USER"));
        assertEquals(user.name(), environment.get("LOGNAME"));
        assertTrue(environment.containsKey("SHELL"), environment::toString);
        assertTrue(!environment.containsKey("XDG_RUNTIME_DIR"), environment::toString);
    }

    @Test
    void workersReachTheHandoverSocketAndNothingElseOfTheSupervisors() throws Exception {
        try (SecondUser shop = SecondUser.create("daemon");
                SecondUser stranger = SecondUser.create("daemon");
                RunningBaton baton =
                        RunningBaton.builder().flag("--user", shop.name()).start()) {
            Path home = baton.directory();
            assertFile("rwx--x--x", 0, home);
            assertFile("rw-------", shop.uid(), home.resolve("handover.sock"));
            assertFile("rwx------", shop.uid(), home.resolve("private"));
            List<Path> files;
            try (Stream<Path> all = Files.list(home)) {
                files = all.toList();
            }
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (name.startsWith("baton-agent")
                        || List.of("libjffi-1.2.so", "boot.properties").contains(name)) {
                    // Code, which a worker's JVM loads as its own user, and which holds no secret.
                    assertFile("rw-r--r--", 0, file);
                    continue;
                }
                boolean theirs = List.of("handover.sock", "private").contains(name);
                assertEquals(theirs, mayTouch(shop, file), "the worker's user may use " + file);
                assertEquals(false, mayTouch(stranger, file), "another user may use " + file);
            }
            assertEquals(false, mayTouch(shop, home), "the worker's user may list " + home);

            // Where the modes are out of the way the peer's credentials are all that is left.
            Files.setPosixFilePermissions(home.resolve("handover.sock"), PosixFilePermissions.fromString("rw-rw-rw-"));
            for (String[] before : List.of(stranger.before(), new String[] {"env"})) {
                assertTrue(connects(before, home.resolve("handover.sock")).contains("no answer"));
            }
            baton.awaitLine(".*handover-socket=.* turned one away: .*uid " + stranger.uid() + ".*");
            assertEquals("upgraded", baton.upgrade("v2").text("outcome"));
        }
    }

    private static void assertFile(String mode, int uid, Path file) throws IOException {
        assertEquals(mode, PosixFilePermissions.toString(Files.getPosixFilePermissions(file)), file.toString());
        assertEquals(uid, Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS), file.toString());
    }

    private static boolean mayTouch(SecondUser user, Path file) throws Exception {
        String path = file.toString();
        return user.run(List.of("test", "-r", path, "-o", "-w", path)).exitCode() == 0;
    }

    /** What a client that says something gets to hear. */
    private static String connects(String[] before, Path socket) throws Exception {
        Installed.assume("curl");
        List<String> words = Stream.concat(
                        Stream.of(before),
                        Stream.of(
                                "curl",
                                "--silent",
                                "--max-time",
                                "20",
                                "--unix-socket",
                                socket.toString(),
                                "http://baton/",
                                "--write-out",
                                "%{size_download} bytes"))
                .toList();
        String said = Command.run(Path.of("/nonexistent"), words).output();
        return said.endsWith("0 bytes") ? "no answer" : said;
    }

    /** What systemd does to the runtime directory before each of a unit's commands. */
    @Test
    void candidateReachesTheHandoverSocketAfterTheDirectoryWasGivenAnotherMode() throws Exception {
        try (SecondUser shop = SecondUser.create("daemon");
                RunningBaton baton =
                        RunningBaton.builder().flag("--user", shop.name()).start()) {
            Files.setPosixFilePermissions(baton.directory(), PosixFilePermissions.fromString("rwx------"));
            assertEquals("upgraded", baton.upgrade("v2").text("outcome"));
            assertFile("rwx--x--x", 0, baton.directory());
        }
    }

    @Test
    void nextSupervisorTakesWorkersOfTheOtherUserBack() throws Exception {
        RunningBaton.Builder builder = RunningBaton.builder();
        try (SecondUser shop = SecondUser.create("daemon");
                RunningBaton baton = builder.flag("--user", shop.name()).start()) {
            Map<Integer, Long> before = baton.workers();
            baton.dies();
            baton.runAgain(builder);
            await().atMost(RunningBaton.PATIENCE).until(baton::isHealthy);
            assertEquals(before, baton.workers());
            assertEquals("upgraded", baton.upgrade("v2").text("outcome"));
            assertIsNobodyBut(shop, baton.workers().get(2));
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    /** Those that live could not come to a socket that is another's, and one that does not come is ended. */
    @Test
    void nextSupervisorWhoseWorkersAreToBeAnothersLeavesThoseThatLiveAsTheyAre() throws Exception {
        RunningBaton.Builder builder = RunningBaton.builder();
        try (SecondUser shop = SecondUser.create("daemon");
                SecondUser other = SecondUser.create("daemon");
                RunningBaton baton = builder.flag("--user", shop.name()).start()) {
            Map<Integer, Long> before = baton.workers();
            InetSocketAddress http = baton.address("http");
            baton.dies();
            Command.Ended failed = Command.run(
                    baton.directory(), builder.flag("--user", other.name()).words());
            assertEquals(2, failed.exitCode(), failed::output);
            String why = "pid " + before.get(1) + ", serves on as uid " + shop.uid()
                    + ", and workers are to run as uid " + other.uid();
            assertTrue(failed.output().contains(why), failed::output);
            assertTrue(RawClient.get(http, "/").text().contains(" gen=1 "));
            baton.runAgain(builder.flag("--user", shop.name()));
            assertEquals(before, baton.workers());
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    @Test
    void runtimeDirectoryThatTheUserCannotReachIsSaidAtOnce() throws Exception {
        try (SecondUser shop = SecondUser.create("daemon")) {
            Path closed = Files.createDirectory(
                    directory.resolve("closed"),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Command.Ended ended = run(closed.resolve("run"), new String[] {"env"}, "--user", shop.name());
            assertEquals(2, ended.exitCode(), ended::output);
            assertTrue(ended.output().contains("cannot reach the handover socket"), ended::output);
            assertTrue(ended.output().contains("set RUNTIME_DIRECTORY"), ended::output);
        }
    }

    @Test
    void whoIsNotRootCannotBecomeAnother() throws Exception {
        try (SecondUser shop = SecondUser.create("daemon")) {
            Command.Ended root = run(directory, shop.before(), "--user", "root");
            assertEquals(2, root.exitCode(), root::output);
            assertTrue(root.output().contains("only root may become another: start it as root"), root::output);
            Command.Ended group = run(directory, shop.before(), "--group", "root");
            assertEquals(2, group.exitCode(), group::output);
            Command.Ended nobody = run(directory, shop.before(), "--user", "no-such-user");
            assertEquals(2, nobody.exitCode(), nobody::output);
            assertTrue(nobody.output().contains("there is no such user here"), nobody::output);
        }
    }

    private static Command.Ended run(Path runtimeDirectory, String[] before, String... flags) throws Exception {
        List<String> words = Stream.of(
                        Stream.of(before),
                        Places.baton().stream(),
                        Stream.of("run", "--listen", "http=127.0.0.1:0"),
                        Stream.of(flags),
                        Stream.of("--", "sleep", "1000"))
                .flatMap(part -> part)
                .toList();
        return Command.run(runtimeDirectory, words);
    }
}
