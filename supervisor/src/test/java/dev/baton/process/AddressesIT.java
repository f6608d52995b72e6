package dev.baton.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.load.Load;
import dev.baton.load.LoadPlan;
import dev.baton.load.LoadReport;
import dev.baton.load.LoadRun;
import dev.baton.load.Mode;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(OutputOnFailure.class)
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class AddressesIT {
    @TempDir
    private Path directory;

    @Test
    void unixSocketsAndIpv6AreUpgradedLikeAllOthers() throws Exception {
        Path socket = directory.resolve("line.sock");
        try (RunningBaton baton = RunningBaton.builder()
                .listen("http", "[::1]:0")
                .listen("line", "unix:" + socket)
                .listen("line-six", "[::1]:0")
                .start()) {
            try (LoadRun http = Load.start(
                            LoadPlan.of(Mode.KEEPALIVE, baton.address("http")).withAtMost(100));
                    LoadRun line = Load.start(
                            LoadPlan.of(Mode.LINE, baton.address("line-six")).withAtMost(100));
                    Conversation kept = new Conversation(socket)) {
                assertEquals("v1 gen=1: a", kept.ask("a"));
                for (int generation = 2; generation <= 4; generation++) {
                    assertEquals("upgraded", baton.upgrade("v" + generation).text("outcome"));
                    assertEquals("v" + generation + " gen=" + generation + ": b", kept.ask("b"));
                    try (Conversation fresh = new Conversation(socket)) {
                        assertEquals("v" + generation + " gen=" + generation + ": c", fresh.ask("c"));
                    }
                }
                for (LoadReport report : List.of(http.stop(), line.stop())) {
                    assertTrue(report.counts().clean(), report::toString);
                    assertEquals(0, report.counts().reconnects(), report::toString);
                }
            }
            assertTrue(RawClient.get(baton.address("http"), "/").text().startsWith("v4 gen=4 "));
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
            assertFalse(Files.exists(socket), "the socket's file goes with the supervisor");
        }
    }

    /** A client of the line service on a unix socket. */
    private static final class Conversation implements AutoCloseable {
        private final SocketChannel channel;
        private final BufferedReader in;

        Conversation(Path socket) throws IOException {
            channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
            in = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
        }

        String ask(String line) throws IOException {
            channel.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
            return in.readLine();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
