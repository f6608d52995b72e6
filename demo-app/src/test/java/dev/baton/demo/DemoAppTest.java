package dev.baton.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;

@Timeout(30)
class DemoAppTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int execute(String... arguments) {
        CommandLine line = DemoApp.commandLine();
        line.setOut(new PrintWriter(out));
        line.setErr(new PrintWriter(err));
        return line.execute(arguments);
    }

    @Test
    void helpNamesThePages() {
        assertEquals(0, execute("--help"));
        assertTrue(out.toString().contains("/slow?ms=500"), out.toString());
    }

    @Test
    void wrongAddressIsExitCode2AndTold() {
        assertEquals(2, execute("--http", "nowhere"));
        assertTrue(err.toString().contains("'nowhere' is no address: write 127.0.0.1:8080"), err.toString());
    }

    @Test
    void wrongRateIsExitCode2AndTold() {
        assertEquals(2, execute("--limit", "fast"));
        assertTrue(err.toString().contains("--limit: 'fast' is no rate: write 1MiB/s"), err.toString());
        assertEquals(2, execute("--plain", "--limit", "1MiB/s"));
        assertTrue(err.toString().contains("take one of them"), err.toString());
    }

    @Test
    void addressInUseIsExitCode1AndTold() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + taken.getLocalPort();
            assertEquals(1, execute("--plain", "--http", address, "--line", "127.0.0.1:0"));
            assertTrue(err.toString().contains(address), err.toString());
            assertEquals(1, execute("--plain", "--http", "127.0.0.1:0", "--line", address));
            assertTrue(err.toString().contains("can't bind line /" + address), err.toString());
        }
    }
}
