package dev.baton.supervisor;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Errno;
import dev.baton.handover.ListenAddress;
import dev.baton.handover.NativeCalls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What cannot start says what, on what, why and what to do; and leaves nothing open. */
class StartErrorsTest {
    @TempDir
    private Path directory;

    private Path run;
    private List<String> command = List.of("/bin/sleep", "1000");

    /** The JDK opens a socket of its own at the first use of one, and keeps it. */
    @BeforeAll
    static void openWhatTheJdkKeepsOpen() throws IOException {
        SocketChannel.open(StandardProtocolFamily.UNIX).close();
        ServerSocketChannel.open().close();
        new ServerSocket(0).close();
    }

    @BeforeEach
    void whereItRuns() {
        run = directory.resolve("run");
    }

    private Settings settings(String... listeners) {
        return TestSettings.of(run, listeners)
                .command(command)
                .readyTimeout(Duration.ofSeconds(10))
                .drain(Duration.ofSeconds(1))
                .killAfter(Duration.ofSeconds(1))
                .settings();
    }

    private void refuses(String message, String... listeners) throws Exception {
        long open = openDescriptors();
        String said = assertThrows(StartException.class, () -> Nobody.start(settings(listeners)))
                .getMessage();
        assertTrue(said.contains(message), said);
        assertTrue(openDescriptors() <= open, "left open; there were " + open);
    }

    private static long openDescriptors() throws IOException {
        try (var open = Files.list(Path.of("/proc/self/fd"))) {
            return open.filter(
                            fd -> linksTo(fd).contains("socket:") || linksTo(fd).contains("/run/"))
                    .count();
        }
    }

    private static String linksTo(Path fd) {
        try {
            return Files.readSymbolicLink(fd).toString();
        } catch (IOException e) {
            return "";
        }
    }

    private Supervisor startsAndIsClosed(String... listeners) throws Exception {
        try (Supervisor supervisor = Nobody.start(settings(listeners))) {
            return supervisor;
        }
    }

    /** As booted with {@code ipv6.disable=1}. */
    @Test
    void whoHasNoIpv6IsToldWhatToSay() {
        ListenAddress.Bindable address = (ListenAddress.Bindable) ListenAddress.parse(":8080");
        assertTrue(PublicListener.remedy(Errno.EAFNOSUPPORT, address).contains("0.0.0.0:8080"));
    }

    @Test
    void addressInUse() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            refuses(
                    "EADDRINUSE (Address already in use): another program listens there",
                    "free=127.0.0.1:0",
                    "http=127.0.0.1:" + other.getLocalPort());
        }
    }

    @Test
    void addressOfAnotherMachine() throws Exception {
        refuses("this machine has no such address", "http=192.0.2.1:0");
    }

    @Test
    void socketThatNobodyPasses() throws Exception {
        refuses("systemd passes no socket called web, and no other", "http=systemd:web");
    }

    @Test
    void twoListenersOfOneName() throws Exception {
        refuses("two listeners are called http", "http=127.0.0.1:0", "http=127.0.0.1:0");
    }

    @Test
    void machineThatPassesNoSockets() throws Exception {
        assertEquals(Optional.empty(), NativeCalls.obstacle(), "this one does");
        String name = System.setProperty("os.name", "Plan 9");
        try {
            refuses("this is Plan 9: supervise on such a machine; a program on the kit runs here alone, without baton");
        } finally {
            System.setProperty("os.name", name);
        }
    }

    @Test
    void stateThatCannotBeReadNorPutAside() throws Exception {
        Files.createDirectory(run, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.writeString(run.resolve("state.json"), "rubbish");
        Files.createDirectories(run.resolve("state.json.not-understood/kept"));
        refuses(": let this user read and write what is in " + run, "http=127.0.0.1:0");
    }

    @Test
    void unixPathOfALiveServer() throws Exception {
        Path path = directory.resolve("live.sock");
        try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            other.bind(UnixDomainSocketAddress.of(path));
            refuses("another program listens there", "http=unix:" + path);
        }
        assertTrue(Files.exists(path));
    }

    @Test
    void unixPathOfAFile() throws Exception {
        Path path = Files.writeString(directory.resolve("precious"), "data");
        refuses("is no socket: move it away", "http=unix:" + path);
        assertEquals("data", Files.readString(path));
    }

    @Test
    void unixPathInADirectoryThatIsNot() throws Exception {
        refuses("create the directory first", "http=unix:" + directory.resolve("none/http.sock"));
    }

    @Test
    void staleSocketFileIsReplacedAndOursRemovedInTheEnd() throws Exception {
        Path path = directory.resolve("stale.sock");
        try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            other.bind(UnixDomainSocketAddress.of(path));
        }
        assertTrue(Files.exists(path));
        startsAndIsClosed("http=unix:" + path);
        assertFalse(Files.exists(path));
    }

    @Test
    void socketFileOfSomebodyElseInOurPlaceIsNotRemoved() throws Exception {
        Path path = directory.resolve("taken.sock");
        try (Supervisor supervisor = Nobody.start(settings("http=unix:" + path))) {
            assertEquals("starting", supervisor.status().phase());
            Files.delete(path);
            Files.writeString(path, "another's");
        }
        assertEquals("another's", Files.readString(path));
    }

    @Test
    void commandThatIsNotThere() throws Exception {
        command = List.of("no-such-command");
        refuses("there is no command \"no-such-command\" on the PATH", "http=127.0.0.1:0");
        command = List.of("./no-such-file");
        refuses("there is no file", "http=127.0.0.1:0");
        command = List.of();
        refuses("there is no command to start", "http=127.0.0.1:0");
    }

    @Test
    void commandThatMayNotBeExecuted() throws Exception {
        Path file = Files.writeString(directory.resolve("start.sh"), "#!/bin/sh");
        command = List.of(file.toString());
        refuses("may not be executed by this user: chmod +x " + file, "http=127.0.0.1:0");
        command = List.of(directory.toString());
        refuses("is not a program", "http=127.0.0.1:0");
    }

    @Test
    void secondSupervisorOfOneApp() throws Exception {
        try (Supervisor first = Nobody.start(settings("http=127.0.0.1:0"))) {
            assertEquals("starting", first.status().phase());
            refuses(
                    "app shop is already supervised (pid "
                            + ProcessHandle.current().pid() + "): use \"baton upgrade --app shop\"",
                    "http=127.0.0.1:0");
        }
        startsAndIsClosed("http=127.0.0.1:0");
    }

    @Test
    void runtimeDirectoryIsMadeForUsAlone() throws Exception {
        run = directory.resolve("deep/run");
        startsAndIsClosed("http=127.0.0.1:0");
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(run)));
        assertFalse(Files.exists(run.resolve("handover.sock")));
    }

    @Test
    void runtimeDirectoryThatIsALink() throws Exception {
        run = Files.createSymbolicLink(directory.resolve("run"), Files.createDirectory(directory.resolve("real")));
        refuses("is a symbolic link", "http=127.0.0.1:0");
    }

    @Test
    void runtimeDirectoryThatOthersMayWrite() throws Exception {
        Files.createDirectory(run);
        Files.setPosixFilePermissions(run, PosixFilePermissions.fromString("rwxrwxrwx"));
        refuses("has mode 777, so that others could replace the sockets in it: chmod 700 " + run, "http=127.0.0.1:0");
    }

    @Test
    void runtimeDirectoryWhosePathIsTooLongForASocket() throws Exception {
        run = directory.resolve("x".repeat(120));
        refuses("a unix socket's path has at most 107 bytes", "http=127.0.0.1:0");
    }

    @Test
    void workerThatNeverSaysHelloIsKilledAtClose() throws Exception {
        Supervisor supervisor = Nobody.start(settings("http=127.0.0.1:0"));
        ProcessHandle worker;
        try (supervisor) {
            await().until(() -> !supervisor.status().workers().isEmpty());
            worker =
                    ProcessHandle.of(supervisor.status().workers().get(0).pid()).orElseThrow();
            assertTrue(worker.isAlive());
        }
        assertFalse(worker.isAlive(), "it lives on");
        assertEquals(0, supervisor.ended().toCompletableFuture().get(20, TimeUnit.SECONDS));
    }
}
