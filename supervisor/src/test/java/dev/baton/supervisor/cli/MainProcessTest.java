package dev.baton.supervisor.cli;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.supervisor.control.ControlClient;
import dev.baton.supervisor.control.JsonObject;
import dev.baton.supervisor.control.NoSupervisorException;
import java.io.BufferedReader;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainProcessTest {
    private static MainProcess of(String pid) {
        return MainProcess.of(Map.of("MAINPID", pid));
    }

    private static String ended() throws Exception {
        Process process = new ProcessBuilder("true").start();
        process.waitFor();
        return Long.toString(process.pid());
    }

    @Test
    void isGoneWhenItHasEndedAndNotWhereThereIsNone() throws Exception {
        assertTrue(of(ended()).isGone());
        assertFalse(of(Long.toString(ProcessHandle.current().pid())).isGone());
        assertFalse(MainProcess.of(Map.of()).isGone());
        assertFalse(of("").isGone());
    }

    /** systemd reaps it, but need not have done so yet. */
    @Test
    void isGoneAlthoughNobodyHasReapedIt() throws Exception {
        Process parent = new ProcessBuilder("sh", "-c", "true & echo $!; exec sleep 60").start();
        try (BufferedReader said = parent.inputReader()) {
            MainProcess zombie = of(said.readLine());
            await().atMost(20, SECONDS).until(zombie::isGone);
        } finally {
            parent.destroyForcibly();
        }
    }

    /** Else it would wait for a supervisor that systemd does not start before it has ended. */
    @Test
    void whoWatchesAnUpgradeGivesUpWhenItIsGone(@TempDir Path directory) throws Exception {
        Path socket = directory.resolve("control.sock");
        new CannedEndpoint(socket, request -> "").abandon();
        ControlClient client = ControlClient.of(socket);
        Printout nowhere = new Printout(OutputStream.nullOutputStream());
        MainProcess main = of(ended());
        try (News news = News.of(client)) {
            UpgradeWatch watch = new UpgradeWatch(
                    new Found(client, JsonObject.parse("{\"app\":\"shop\"}")),
                    Shell.terminal(nowhere, nowhere, false),
                    news,
                    main);
            String said = assertTimeoutPreemptively(
                            Duration.ofSeconds(20),
                            () -> assertThrows(
                                    NoSupervisorException.class, () -> watch.follow(1, Optional.empty(), "upgraded")))
                    .getMessage();
            assertTrue(said.startsWith("it died during upgrade 1, and systemd starts it again"), said);
        }
    }
}
