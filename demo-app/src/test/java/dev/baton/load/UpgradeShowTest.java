package dev.baton.load;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The show as its viewer has it, with a shell script for a supervisor. */
@Timeout(120)
class UpgradeShowTest {
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();
    private static final String CLASS_PATH = System.getProperty("java.class.path");

    @TempDir
    private Path directory;

    /** @param script what the supervisor does; its fifth argument is http=ADDRESS, and its seventh line=ADDRESS */
    private Process show(String script, String... options) throws IOException {
        Path baton = Files.writeString(directory.resolve("baton"), "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(baton, PosixFilePermissions.fromString("rwx------"));
        List<String> command = new ArrayList<>(List.of(JAVA, "-cp", CLASS_PATH, UpgradeShow.class.getName()));
        command.addAll(List.of("--baton", baton.toString(), "--jar", "demo.jar", "--upgrades", "0"));
        command.addAll(List.of("--log", directory.resolve("demo.log").toString()));
        command.addAll(List.of(options));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private static String serve() {
        return "'" + JAVA + "' -Xmx128m -cp '" + CLASS_PATH + "' dev.baton.demo.DemoApp --plain"
                + " --http \"${5#http=}\" --line \"${7#line=}\"";
    }

    @Test
    void serverThatStaysAwayEndsTheShow() throws Exception {
        Process show = show(
                serve() + " & wait; exec sleep 1000", "--port", "0", "--requests", "1000000000", "--patience", "1");
        try (BufferedReader output = show.inputReader()) {
            assertTrue(output.readLine().startsWith("Serving v1 at "));
            assertTrue(output.readLine().startsWith("v1 serves "));
            ProcessHandle supervisor = show.children().findFirst().orElseThrow();
            supervisor.children().forEach(ProcessHandle::destroyForcibly);
            String rest = output.lines().collect(Collectors.joining("\n"));
            assertTrue(rest.contains("\nSOMETHING BROKE: 0 upgrades, "), rest);
            assertTrue(rest.contains("\nNothing was answered for 1 s, after "), rest);
            assertEquals(1, show.waitFor());
        } finally {
            end(show);
        }
    }

    @Test
    void upgradeThatHangsEndsTheShow() throws Exception {
        String script = "[ $1 = upgrade ] && exec sleep 1000; exec " + serve();
        Process show = show(script, "--port", "0", "--upgrades", "3", "--patience", "3");
        try {
            String output = new String(show.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(output.contains("\nSOMETHING BROKE: 0 upgrades, "), output);
            assertTrue(output.contains("\nAn upgrade did not end in 6 s, after "), output);
            assertTrue(output.contains("\n1 upgrades failed."), output);
            assertEquals(1, show.waitFor());
        } finally {
            end(show);
        }
    }

    private static void end(Process show) {
        List<ProcessHandle> family = show.descendants().toList();
        show.destroyForcibly();
        family.forEach(ProcessHandle::destroyForcibly);
    }

    @Test
    void supervisorThatDiesIsNoProofAndItsWorkerDoesNotOutliveTheShow() throws Exception {
        Process show = show(serve() + " & wait", "--port", "0", "--requests", "1000000000");
        List<ProcessHandle> workers = List.of();
        try (BufferedReader output = show.inputReader()) {
            String serving = output.readLine();
            assertTrue(serving.startsWith("Serving v1 at http://127.0.0.1:"), serving);
            assertTrue(output.readLine().startsWith("v1 serves "));
            ProcessHandle supervisor = show.children().findFirst().orElseThrow();
            workers = supervisor.descendants().toList();
            assertFalse(workers.isEmpty());
            supervisor.destroyForcibly();
            String rest = output.lines().collect(Collectors.joining("\n"));
            assertTrue(rest.contains("\nSOMETHING BROKE: "), rest);
            assertTrue(rest.contains("\nThe supervisor ended before the show did, after "), rest);
            assertTrue(rest.contains(" of 1000000000 requests. "), rest);
            assertEquals(1, show.waitFor());
            int port = Integer.parseInt(serving.replaceFirst("(?s).*http://127.0.0.1:(\\d+).*", "$1"));
            await().until(() -> isRefused(port));
        } finally {
            show.destroy();
            workers.forEach(ProcessHandle::destroyForcibly);
        }
    }

    @Test
    void whatKeepsItFromGoingOnIsExitCode2AndTold() throws Exception {
        Path log = directory.resolve("nowhere/demo.log");
        Process show = show("exit 1", "--log", log.toString());
        String output = new String(show.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(output.startsWith("The show could not go on: "), output);
        assertTrue(output.contains(log + " (No such file or directory)"), output);
        assertEquals(1, output.lines().count(), output);
        assertEquals(2, show.waitFor());
    }

    /** Where somebody else has that port the test says little, and does no harm. */
    @Test
    void portThatIsTakenForHttpIsNotTakenForLinesToo() throws Exception {
        Process show = show("echo \"${5#http=} ${7#line=}\"", "--port", "7000");
        show.getInputStream().readAllBytes();
        assertEquals(2, show.waitFor());
        String[] addresses =
                Files.readString(directory.resolve("demo.log")).strip().split(" ");
        assertEquals(2, addresses.length);
        assertNotEquals(addresses[0], addresses[1]);
    }

    private static boolean isRefused(int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return !socket.isConnected();
        } catch (ConnectException e) {
            return true;
        }
    }
}
