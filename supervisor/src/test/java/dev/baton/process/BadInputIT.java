package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.supervisor.Installed;
import dev.baton.supervisor.control.ControlClient;
import dev.baton.supervisor.control.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is asked for that cannot be: it is said what, why and what to do, and the worker that serves never notices. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class BadInputIT {
    private static final List<String> EXITS_AT_ONCE = List.of("sh", "-c", "echo no such profile >&2; exit 7");
    /** Where the native library cannot be unpacked. */
    private static final String NOWHERE = "-Djava.io.tmpdir=/nowhere -Duser.dir=/nowhere";

    private static final String[] RUN = {"run", "--listen", "http=127.0.0.1:0", "--", "true"};
    private static final List<String> NEVER_READY = List.of("sh", "-c", "echo loading; exec sleep 600");

    @TempDir
    private Path directory;

    // ---- scripts ----

    @Test
    void serversAreMeasuredOnAJdkOrNotAtAll() throws Exception {
        String servers = Places.scripts().resolve("servers").toString();
        assertFails(2, Command.run(directory, List.of(servers, "/nowhere")), "/nowhere is no JDK", "--help");
        Command.Ended help = Command.run(directory, List.of(servers, "--help"));
        assertEquals(0, help.exitCode(), help::output);
        assertTrue(help.output().contains("scripts/servers --table"), help::output);
    }

    // ---- at the start ----

    @Test
    void addressInUseIsSaidAndNothingIsStarted() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            String address = "127.0.0.1:" + other.getLocalPort();
            Command.Ended ended = run(RunningBaton.builder().listen("http", address));
            assertFails(2, ended, "http", address, "EADDRINUSE", "another program listens there");
            assertFalse(ended.output().contains("spawned"), ended::output);
        }
    }

    @Test
    void addressThatTheUserMayNotHaveIsSaid() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"), "only root can become somebody else");
        List<String> nobody = List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all");
        assumeTrue(
                can(nobody, "test", "-r", Places.baton().get(Places.baton().size() - 1))
                        && can(nobody, Places.java().toString(), "-version"),
                "another user cannot read this checkout or its JDK");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path own = Files.createDirectory(directory.resolve("own"));
        Command.run(directory, List.of("chown", "65534", own.toString()));
        int lowest = Integer.parseInt(Files.readString(Path.of("/proc/sys/net/ipv4/ip_unprivileged_port_start"))
                .strip());
        // Where every port is for everybody, a directory is still not.
        String address = lowest > 80 ? "127.0.0.1:80" : "unix:" + directory.resolve("shop.sock");
        Command.Ended ended = Command.run(
                own,
                RunningBaton.builder()
                        .before(nobody.toArray(String[]::new))
                        .listen("http", address)
                        .command(List.of("true"))
                        .words());
        assertFails(2, ended, "http", address, "EACCES", lowest > 80 ? "CAP_NET_BIND_SERVICE" : "may not create");
    }

    private boolean can(List<String> as, String... command) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(as);
        words.addAll(List.of(command));
        return Command.run(directory, words).exitCode() == 0;
    }

    /** Each in a JVM of its own, where nothing has been loaded before. */
    @Test
    void machineWithoutNativeCallsIsToldWhatToDo() throws Exception {
        assertFails(2, on(NOWHERE, "doctor"), "fail native native calls do not work", "mounted noexec");
        assertFails(2, on(NOWHERE, RUN), "baton run: native calls do not work", "mounted noexec");
        assertFails(0, on(NOWHERE, "version"), "native calls do not work");
        assertFails(2, on("-Dos.name=Plan9", "doctor"), "fail native passing sockets", "supervise on such a machine");
        assertFails(2, on("-Dos.name=Plan9", RUN), "this is Plan9", "supervise on such a machine");
        assertFails(0, on("-Dos.name=Plan9", "version"), "needs Linux; this is Plan9");
    }

    private Command.Ended on(String properties, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("env", "JDK_JAVA_OPTIONS=" + properties));
        command.addAll(Places.baton());
        command.addAll(List.of(arguments));
        Command.Ended ended = Command.run(directory, command);
        return new Command.Ended(ended.exitCode(), ended.output().replaceAll("[ \n]+", " "));
    }

    @Test
    void unknownFlagIsSaidWithTheRightOnes() throws Exception {
        Command.Ended ended = Command.baton(directory, "run", "--bakke", "5s", "--listen", "http=:0", "--", "true");
        assertFails(2, ended, "--bakke", "--bake");
    }

    @Test
    void commandThatDoesNotExistIsSaidBeforeAnythingStarts() throws Exception {
        assertFails(2, run(RunningBaton.builder().command(List.of("no-such-server"))), "no-such-server", "PATH");
    }

    @Test
    void commandThatMayNotBeExecutedIsSaidWithTheRemedy() throws Exception {
        Path file = Files.writeString(directory.resolve("server.sh"), "#!/bin/sh\n");
        assertFails(2, run(RunningBaton.builder().command(List.of(file.toString()))), file.toString(), "chmod +x");
    }

    @Test
    void commandThatExitsAtOnceEndsTheSupervisorWithOneAndItsOutputIsShown() throws Exception {
        Command.Ended ended = run(RunningBaton.builder().command(EXITS_AT_ONCE));
        assertFails(1, ended, "no such profile", "exited with 7");
    }

    @Test
    void commandThatNeverGetsReadyEndsTheSupervisorWithOne() throws Exception {
        Command.Ended ended = run(RunningBaton.builder().command(NEVER_READY).flag("--ready-timeout", "5s"));
        assertFails(1, ended, "loading", "did not say READY=1 at its NOTIFY_SOCKET", "within 5s");
        await().atMost(RunningBaton.PATIENCE)
                .untilAsserted(() -> assertEquals(List.of(), Processes.knowing(directory)));
    }

    private Command.Ended run(RunningBaton.Builder builder) throws IOException, InterruptedException {
        return Command.run(directory, builder.words());
    }

    private static void assertFails(int exitCode, Command.Ended ended, String... said) {
        assertEquals(exitCode, ended.exitCode(), ended::output);
        assertAll(List.of(said).stream()
                .map(text -> () -> assertTrue(
                        ended.output().contains(text), () -> "\"" + text + "\" is not in: " + ended.output())));
        assertFalse(ended.output().contains("\tat "), () -> "no stack trace is for users: " + ended.output());
    }

    @Test
    void textThatTheLocaleDoesNotHaveIsRefusedInTheFileAndInAnUpgrade() throws Exception {
        Path file = Files.writeString(directory.resolve("it.toml"), """
                command = ["sh", "-c", "exec sleep 600",
                    "gr\u00f6\u00dfe"]
                listen = { http = "127.0.0.1:0" }
                """);
        List<String> check = new ArrayList<>(List.of("env", "LC_ALL=C"));
        check.addAll(Places.baton());
        check.addAll(List.of("check", "--config", file.toString()));
        assertFails(2, Command.run(directory, check), "it.toml:2:", "command[3]", "US-ASCII", "LC_ALL=C.UTF-8");
        try (RunningBaton baton =
                RunningBaton.builder().before("env", "LC_ALL=C").start()) {
            ControlClient.Reply reply = baton.upgrade(List.of("/srv/gr\u00f6\u00dfe"));
            assertEquals(400, reply.status(), reply::body);
            assertTrue(reply.json().text("detail").contains("US-ASCII"), reply::body);
        }
    }

    // ---- through the command line ----

    @Test
    void exitCodesAreThoseThatScriptsHoldOnTo() throws Exception {
        try (RunningBaton baton = RunningBaton.builder().start()) {
            Path there = baton.directory();
            assertEnds(0, Command.baton(there, "status"), "serving", "GEN", "line");
            assertEnds(0, Command.baton(there, upgrade(Places.demo("v2"))), "upgraded");
            assertEnds(1, Command.baton(there, upgrade(EXITS_AT_ONCE)), "exited with 7", "no such profile");
            assertEnds(2, Command.baton(there, "upgrade", "--tomorrow"), "--tomorrow");
            assertEquals(202, baton.beginUpgrade(NEVER_READY).status());
            assertEnds(3, Command.baton(there, upgrade(Places.demo("v3"))), "refused");
            assertEquals(409, baton.upgrade(Places.demo("v3")).status());
            assertEnds(4, Command.baton(directory, "status", "--app", "nobody"), "no supervisor answers");
            assertEnds(4, Command.baton(directory, "upgrade", "--app", "nobody"), "no supervisor answers");
            assertEquals(
                    List.of(2L, 4L),
                    baton.workers().keySet().stream().map(Long::valueOf).toList());
            assertEnds(0, Command.baton(there, "stop"), "");
            assertEquals(0, baton.awaitEnd());
            baton.noProcessLeft();
        }
    }

    private static String[] upgrade(List<String> command) {
        List<String> words = new ArrayList<>(List.of("upgrade", "--"));
        words.addAll(command);
        return words.toArray(String[]::new);
    }

    private static void assertEnds(int exitCode, Command.Ended ended, String... said) {
        assertEquals(exitCode, ended.exitCode(), ended::output);
        for (String text : said) {
            assertTrue(ended.output().contains(text), () -> "\"" + text + "\" is not in: " + ended.output());
        }
    }

    // ---- on the control socket ----

    @Test
    void garbageOnTheControlSocketIsRefusedAndTheNextGoodOrderIsObeyed() throws Exception {
        Installed.assume("curl");
        try (RunningBaton baton = RunningBaton.builder().start()) {
            for (String garbage : List.of(
                    "\u0000\u0001\u0002\r\n\r\n",
                    "HELO baton\r\n\r\n",
                    "GET " + "/x".repeat(50_000) + " HTTP/1.1\r\nHost: baton\r\n\r\n",
                    "POST /v1/upgrade HTTP/1.1\r\nHost: baton\r\nContent-Length: 9\r\n\r\nnot json!",
                    "POST /v1/upgrade HTTP/1.1\r\nHost: baton\r\nContent-Length: 999999999\r\n\r\n",
                    "POST /v1/upgrade HTTP/1.1\r\nHost: baton\r\nContent-Length: 15\r\n\r\n{\"command\":\"x\"}",
                    "POST /v1/upgrade HTTP/1.1\r\nHost: baton\r\nContent-Length: 14\r\n\r\n{\"command\":[]}")) {
                String answer = answerTo(baton.socket(), garbage);
                assertTrue(
                        answer.matches("(?s)HTTP/1.1 (4\\d\\d|505) .*"), () -> garbage + " is answered by " + answer);
            }
            // One that never finishes what it says does not keep others waiting.
            try (SocketChannel slow = SocketChannel.open(UnixDomainSocketAddress.of(baton.socket()))) {
                slow.write(ByteBuffer.wrap("POST /v1/upgr".getBytes(StandardCharsets.US_ASCII)));
                assertEquals("serving", baton.status().text("phase"));
                Command.Ended curl = Command.run(
                        directory,
                        List.of(
                                "curl",
                                "-sS",
                                "--unix-socket",
                                baton.socket().toString(),
                                "-X",
                                "POST",
                                "http://baton/v1/upgrade?wait=60s"));
                assertEquals("upgraded", JsonObject.parse(curl.output()).text("outcome"));
            }
            assertEquals(List.of(2), List.copyOf(baton.workers().keySet()));
            assertEquals(0, baton.stop());
        }
    }

    private static String answerTo(Path socket, String request) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            try {
                channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
            } catch (IOException e) {
                // It may have answered and closed before it had read so much.
            }
            ByteBuffer answer = ByteBuffer.allocate(64 * 1024);
            try {
                while (answer.hasRemaining() && channel.read(answer) >= 0) {
                    continue;
                }
            } catch (IOException e) {
                // Reset after the answer: what has come counts.
            }
            return new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8);
        }
    }
}
