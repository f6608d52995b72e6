package dev.baton.load;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.load.ScriptedServer.Peer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;

@Timeout(30)
class LoadClientTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int execute(String... arguments) {
        CommandLine line = LoadClient.commandLine();
        line.setOut(new PrintWriter(out));
        line.setErr(new PrintWriter(err));
        return line.execute(arguments);
    }

    private static String target(ScriptedServer server) {
        return "127.0.0.1:" + server.address().getPort();
    }

    @Test
    void nothingBrokenIsExitCode0AndATableWithALineForEachMode() throws Exception {
        try (ScriptedServer http = ScriptedServer.start(1, Peer::echo);
                ScriptedServer line = ScriptedServer.start(1, Peer::echoLines)) {
            int code = execute(
                    "--target",
                    target(http),
                    "--line-target",
                    target(line),
                    "--mode",
                    "post=2",
                    "--mode",
                    "line",
                    "--connections",
                    "3",
                    "--duration",
                    "200ms",
                    "--rate",
                    "100/s");
            assertEquals(0, code, out + "\n" + err);
            assertTrue(out.toString().matches("(?s).*\\Rpost +2 .*\\Rline +3 .*Nothing broke\\.\\R"), out.toString());
            assertTrue(out.toString().contains("line was answered by  v1 gen=3: "), out.toString());
        }
    }

    @Test
    void somethingBrokenIsExitCode1AndNamed() throws Exception {
        try (ScriptedServer server = ScriptedServer.start(1, Peer::request)) {
            assertEquals(1, execute("--target", target(server), "--connections", "1", "--duration", "1s"));
            assertTrue(
                    out.toString()
                            .contains("client 0, request 1 on its connection: closed: end of stream before the answer"),
                    out.toString());
        }
    }

    @Test
    void noAnswerIsExitCode3AndNoSuccess() throws Exception {
        try (ScriptedServer server = ScriptedServer.start(1, Peer::echo)) {
            int code = execute("--target", target(server), "--mode", "post=1", "--pause", "60s", "--duration", "100ms");
            assertEquals(3, code, out.toString());
            assertTrue(out.toString().contains("It proves nothing: "), out.toString());
            assertFalse(out.toString().contains("Nothing broke."), out.toString());
        }
    }

    @Test
    void jsonHoldsTheSame() throws Exception {
        try (ScriptedServer server = ScriptedServer.start(1, Peer::behave)) {
            assertEquals(0, execute("--target", target(server), "--duration", "1s", "--json"));
            String json = out.toString();
            assertTrue(json.startsWith("{\"broken\": 0, \"runs\": [{\"mode\": \"keepalive\", "), json);
            assertTrue(json.contains("\"answerers\": {\"v1 gen=3\": "), json);
            assertTrue(json.contains("\"timeline\": [{\"second\": 0.0, "), json);
        }
    }

    /** By a load that does not end before they have been, for its server answers no sooner. */
    @Test
    void countersAreToldAsOftenAsAsked() throws Exception {
        ScriptedServer.Script answersWhenTold = peer -> {
            await().pollDelay(Duration.ZERO).until(() -> told() > 1);
            peer.behave();
        };
        try (ScriptedServer server = ScriptedServer.start(1, answersWhenTold)) {
            assertEquals(0, execute("--target", target(server), "--duration", "500ms", "--live=20ms"));
            assertTrue(told() > 1, err.toString());
        }
    }

    private long told() {
        return err.toString()
                .lines()
                .filter(line -> line.startsWith("keepalive Counts[ok="))
                .count();
    }

    @Test
    void wrongUsageIsExitCode2AndTold() {
        assertEquals(2, execute("--mode", "nonsense"));
        assertTrue(err.toString().contains("no mode is called 'nonsense'"), err.toString());
        assertEquals(2, execute("--mode", "idle=many"));
        assertEquals(2, execute("--connections", "0"));
        assertEquals(2, execute("--target", "nowhere"));
        assertEquals(2, execute("--path", "echo"));
    }

    @Test
    void notationsOfTheCommandLine() {
        assertEquals(Duration.ofMillis(250), Notation.duration("250ms"));
        assertEquals(Duration.ofMinutes(2), Notation.duration("2m"));
        assertThrows(IllegalArgumentException.class, () -> Notation.duration("2"));
        assertEquals(500, Notation.rate("500/s"));
        assertThrows(IllegalArgumentException.class, () -> Notation.rate("fast"));
        assertEquals(new InetSocketAddress("127.0.0.1", 80), Notation.address(":80"));
        assertEquals(new InetSocketAddress("::1", 80), Notation.address("[::1]:80"));
    }
}
