package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Fd;
import dev.baton.handover.HandoverChannel;
import dev.baton.handover.Libc;
import dev.baton.handover.Message;
import dev.baton.supervisor.control.JsonObject;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Malformed input on real sockets of a real supervisor: nothing crashes, nothing leaks, and the next who speaks as he
 * should is answered. {@code -Dbaton.fuzz.seed=N} repeats a run, as far as threads can be repeated.
 */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class FuzzIT {
    private static final int FRAMES_OF_STRANGERS = 23_750;
    private static final int FRAMES_WITH_DESCRIPTORS = 250;
    private static final int FRAMES_OF_A_WORKER = 1_250;
    private static final int REQUESTS = 2_500;
    private static final int THREADS = 4;

    /** What a supervisor needs at most for what is not a leak: an upgrade's sockets, threads of a pool. */
    private static final int SLACK = 8;

    @TempDir
    private Path directory;

    private final long seed = Long.getLong("baton.fuzz.seed", System.nanoTime());

    FuzzIT() {
        System.out.println("fuzz seed " + seed);
    }

    /** What leaks could be seen by. */
    private record Size(int descriptors, int threads, long resident) {
        static Size of(RunningBaton baton) throws IOException {
            return new Size(
                    Processes.descriptors(baton.pid()).size(),
                    Integer.parseInt(Processes.status(baton.pid()).get("Threads")),
                    Long.parseLong(Processes.status(baton.pid()).get("VmRSS").replaceAll("\\D", "")));
        }

        void assertNotOutgrown(RunningBaton baton) {
            await().atMost(RunningBaton.PATIENCE).untilAsserted(() -> {
                Size now = Size.of(baton);
                assertTrue(now.descriptors <= descriptors + SLACK, () -> "descriptors: " + this + ", then " + now);
                assertTrue(now.threads <= threads + SLACK, () -> "threads: " + this + ", then " + now);
                assertTrue(now.resident <= 2 * resident, () -> "memory: " + this + ", then " + now);
            });
        }
    }

    @Test
    void malformedFramesOfStrangersAndOfAWorkerHarmNothing() throws Exception {
        try (RunningBaton baton = RunningBaton.builder().start()) {
            Random random = new Random(seed);
            frames(baton, random, FRAMES_OF_STRANGERS / 20);
            assertEquals("upgraded", baton.upgrade("v2").text("outcome"));
            Size before = Size.of(baton);

            frames(baton, random, FRAMES_OF_STRANGERS - FRAMES_OF_STRANGERS / 20);
            framesWithDescriptors(baton, random);
            JsonObject candidate = baton.upgrade(HostileWorker.command(random.nextLong(), FRAMES_OF_A_WORKER))
                    .json();
            assertEquals("exited-before-ready", candidate.text("outcome"), candidate::toString);
            assertTrue(candidate.text("reason").contains("exited with 3"), candidate::toString);

            assertTrue(RawClient.get(baton.address("http"), "/").text().startsWith("v2 gen=2 "));
            assertEquals("upgraded", baton.upgrade("v3").text("outcome"), "the next worker's hello");
            before.assertNotOutgrown(baton);
            assertNoBug(baton);
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    private static void frames(RunningBaton baton, Random random, int count) throws Exception {
        long began = System.nanoTime();
        SocketAddress socket = UnixDomainSocketAddress.of(baton.directory().resolve("handover.sock"));
        atOnce(random, count, seed -> {
            MalformedFrames frames = new MalformedFrames(seed);
            return () -> assertEquals("", exchange(socket, frames.broken()), "nobody is let in");
        });
        System.out.println(count + " frames of strangers in " + (System.nanoTime() - began) / 1_000_000 + " ms");
    }

    private static void framesWithDescriptors(RunningBaton baton, Random random) throws IOException {
        MalformedFrames frames = new MalformedFrames(random.nextLong());
        Fd[] pair = Libc.socketPair();
        try (Fd one = pair[0];
                Fd other = pair[1]) {
            for (int i = 0; i < FRAMES_WITH_DESCRIPTORS; i++) {
                try (HandoverChannel channel =
                        HandoverChannel.connect(baton.directory().resolve("handover.sock"))) {
                    channel.send(frames.ofSomebodyElse(), List.of(one, other, one), Duration.ofSeconds(10));
                    Message answer = channel.receive(Duration.ofSeconds(20)).message();
                    throw new AssertionError("let in: " + answer);
                } catch (EOFException e) {
                    continue; // turned away
                } catch (IOException e) {
                    assertFalse(e.getMessage().contains("no message within"), e.toString());
                }
            }
        }
    }

    @Test
    void malformedRequestsOnTheControlSocketHarmNothing() throws Exception {
        try (RunningBaton baton = RunningBaton.builder().start()) {
            SocketAddress socket = UnixDomainSocketAddress.of(baton.socket());
            Random random = new Random(seed);
            requests(socket, random, REQUESTS / 20);
            Size before = Size.of(baton);
            requests(socket, random, REQUESTS - REQUESTS / 20);

            assertEquals(List.of(1), List.copyOf(baton.workers().keySet()), "the next good request");
            assertEquals("upgraded", baton.upgrade("v2").text("outcome"));
            before.assertNotOutgrown(baton);
            assertNoBug(baton);
        }
    }

    @Test
    void malformedRequestsOverTcpHarmNothing() throws Exception {
        Path file = directory.resolve("it.toml");
        Files.writeString(file, Places.configuration(Places.demo("v1"), """
                [control]
                http = "127.0.0.1:0"
                """));
        try (RunningBaton baton = RunningBaton.builder().config(file).start()) {
            String url = baton.awaitLine(" +http +http://.*").replaceFirst(".*:(\\d+),.*", "$1");
            SocketAddress address = new InetSocketAddress("127.0.0.1", Integer.parseInt(url));
            String token = Files.readString(baton.directory().resolve("act-token"));
            Random random = new Random(seed);
            requests(address, random, REQUESTS / 20);
            Size before = Size.of(baton);
            requests(address, random, REQUESTS - REQUESTS / 20);

            String good =
                    "GET /v1/status HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token.strip() + "\r\n\r\n";
            String answer = exchange(address, good.getBytes(StandardCharsets.US_ASCII));
            assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
            before.assertNotOutgrown(baton);
            assertNoBug(baton);
        }
    }

    private static void requests(SocketAddress socket, Random random, int count) throws Exception {
        AtomicInteger refused = new AtomicInteger();
        atOnce(random, count, seed -> {
            MalformedRequests requests = new MalformedRequests(seed);
            return () -> {
                byte[] request = requests.next();
                String answer = exchange(socket, request);
                if (answer.isEmpty()) {
                    return; // it may be so bad that it is not worth one
                }
                refused.incrementAndGet();
                assertTrue(
                        answer.matches("(?s)HTTP/1.1 (4\\d\\d|505) .*"),
                        () -> new String(request, StandardCharsets.ISO_8859_1) + " is answered by " + answer);
            };
        });
        System.out.println(refused + " of " + count + " malformed requests answered");
        assertTrue(refused.get() > count / 2, () -> "only " + refused + " of " + count + " were answered");
    }

    // ---- how ----

    private interface Attempt {
        void run() throws IOException;
    }

    private interface Attacker {
        Attempt with(long seed);
    }

    private static void atOnce(Random random, int count, Attacker attacker) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Callable<Void>> tasks = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                Attempt attempt = attacker.with(random.nextLong());
                tasks.add(() -> {
                    for (int n = 0; n < count / THREADS; n++) {
                        attempt.run();
                    }
                    return null;
                });
            }
            for (Future<Void> task : threads.invokeAll(tasks)) {
                task.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** Says this and no more, and hears all that comes back. */
    private static String exchange(SocketAddress address, byte[] bytes) throws IOException {
        ByteBuffer answer = ByteBuffer.allocate(16 * 1024);
        SocketChannel channel = SocketChannel.open(address); // that nobody listens is no answer
        try (channel) {
            try {
                ByteBuffer buffer = ByteBuffer.wrap(bytes);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                channel.shutdownOutput();
            } catch (IOException e) {
                // It has heard enough; what it says to that still counts.
            }
            while (answer.hasRemaining() && channel.read(answer) >= 0) {
                continue;
            }
        } catch (IOException e) {
            // Reset: it has closed without reading all. What came before counts.
        }
        return new String(answer.array(), 0, answer.position(), StandardCharsets.ISO_8859_1);
    }

    /** A stack trace in the log is a bug, whatever else it is. */
    private static void assertNoBug(RunningBaton baton) {
        List<String> bugs = baton.output().stream()
                .filter(line -> line.startsWith("baton: error") || line.startsWith("\tat "))
                .toList();
        assertEquals(List.of(), bugs);
    }
}
