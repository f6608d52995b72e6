package dev.baton.process;

import static org.awaitility.Awaitility.await;
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
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(OutputOnFailure.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class AddressesIT {
    private static final Duration POLL = Duration.ofMillis(20);

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
                            LoadPlan.of(Mode.LINE, baton.address("line-six")).withAtMost(100))) {
                for (int generation = 2; generation <= 4; generation++) {
                    upgradeBeside(baton, socket, generation);
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

    /** A connection over a unix socket does not move: it stays where it was accepted until its client ends it. */
    private static void upgradeBeside(RunningBaton baton, Path socket, int generation) throws IOException {
        String before = "v" + (generation - 1) + " gen=" + (generation - 1) + ": ";
        String after = "v" + generation + " gen=" + generation + ": ";
        long upgrade;
        try (Conversation kept = new Conversation(socket)) {
            assertEquals(before + "a", kept.ask("a"));
            upgrade = baton.beginUpgrade(Places.demo("v" + generation)).json().number("id");
            await().atMost(RunningBaton.PATIENCE)
                    .pollInterval(POLL)
                    .until(() -> baton.status().text("phase").equals("draining"));
            assertEquals(before + "b", kept.ask("b"));
            try (Conversation fresh = new Conversation(socket)) {
                assertEquals(after + "c", fresh.ask("c"));
            }
        }
        await().atMost(RunningBaton.PATIENCE)
                .pollInterval(POLL)
                .until(() -> baton.control()
                        .get("/v1/upgrades/" + upgrade)
                        .json()
                        .optionalText("outcome")
                        .equals(Optional.of("upgraded")));
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
