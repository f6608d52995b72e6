package dev.baton.kit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.OpenFiles;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ConnectionsTest {
    private static final SocketAddress SOMEWHERE = new InetSocketAddress("192.0.2.7", 4711);
    private static final Duration PATIENCE = FakeSupervisor.PATIENCE;

    private OpenFiles before;

    @BeforeEach
    void remember() {
        before = OpenFiles.now();
    }

    @AfterEach
    void nothingIsLeftOpen() {
        before.assertNothingIsLeft();
    }

    /** Either the connection is there before the drain looks, and is waited for, or it is refused and never counted. */
    @Test
    void aConnectionThatComesWithTheDrainIsEitherWaitedForOrRefused() throws Exception {
        int accepting = 2;
        int rounds = 5000;
        int registered = 0;
        int refusedAtOnce = 0;
        Rounds race = new Rounds(accepting);
        List<Thread> threads = race.start(rounds);
        try {
            for (int round = 0; round < rounds; round++) {
                race.connections = new Connections(false);
                race.start.await();
                race.connections.drain(drain(PATIENCE));
                long seenByDrain = race.connections.active() + race.connections.idle();
                race.end.await();
                List<TrackedConnection> came = race.takeRegistered();
                assertEquals(came.size(), seenByDrain, "round " + round);
                assertEquals(came.isEmpty(), race.connections.awaitDrained(Duration.ZERO));
                for (TrackedConnection connection : came) {
                    connection.close();
                }
                assertTrue(race.connections.awaitDrained(Duration.ZERO));
                registered += came.size();
                refusedAtOnce += came.isEmpty() ? 1 : 0;
            }
        } finally {
            race.start.reset(); // frees them should we have failed
            Ends.await(threads);
        }
        assertTrue(registered > 0, "some came in time");
        assertTrue(refusedAtOnce < rounds, "and not always all");
    }

    /** Threads that register what they can until they are refused, round by round. */
    private static final class Rounds {
        private final int count;
        private final SocketChannel closed;
        private final CyclicBarrier start;
        private final CyclicBarrier end;
        private final List<TrackedConnection> registered = new ArrayList<>();
        private volatile Connections connections;

        Rounds(int count) throws IOException {
            this.count = count;
            this.closed = SocketChannel.open();
            closed.close();
            this.start = new CyclicBarrier(count + 1);
            this.end = new CyclicBarrier(count + 1);
        }

        List<Thread> start(int rounds) {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Thread thread = new Thread(() -> run(rounds), "accepting-" + i);
                thread.setDaemon(true);
                thread.start();
                threads.add(thread);
            }
            return threads;
        }

        private void run(int rounds) {
            Random random = new Random(Thread.currentThread().getId());
            try {
                for (int round = 0; round < rounds; round++) {
                    int spin = random.nextInt(2000);
                    start.await();
                    for (int i = 0; i < spin; i++) {
                        Thread.onSpinWait();
                    }
                    registerAFew();
                    end.await();
                }
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }

        private void registerAFew() {
            for (int i = 0; i < 3; i++) {
                Optional<TrackedConnection> connection = register(connections, closed);
                if (connection.isEmpty()) {
                    return;
                }
                synchronized (registered) {
                    registered.add(connection.get());
                }
            }
        }

        List<TrackedConnection> takeRegistered() {
            synchronized (registered) {
                List<TrackedConnection> taken = List.copyOf(registered);
                registered.clear();
                return taken;
            }
        }
    }

    @Test
    void aDrainIsOverWhenTheLastConnectionIsGone() throws Exception {
        Connections connections = new Connections(false);
        List<TrackedConnection> three = List.of(some(connections), some(connections), some(connections));
        connections.drain(drain(PATIENCE));
        Attempt<Boolean> drained = Attempt.of(() -> connections.awaitDrained(PATIENCE));
        three.get(1).close();
        three.get(0).close();
        drained.awaitWaiting();
        assertFalse(connections.awaitDrained(Duration.ZERO));
        assertFalse(drained.isDone());
        three.get(2).close();
        assertTrue(drained.result());
        assertEquals(List.of(), connections.cut());
    }

    @Test
    void aDrainWithoutConnectionsIsOverAtOnce() throws Exception {
        Connections connections = new Connections(false);
        connections.drain(drain(PATIENCE));
        assertTrue(connections.awaitDrained(Duration.ZERO));
    }

    @Test
    void aDrainGivesUpAtItsDeadline() throws Exception {
        Connections connections = new Connections(false);
        try (TrackedConnection some = some(connections)) {
            connections.drain(drain(Duration.ZERO));
            assertFalse(connections.awaitDrained(Duration.ofMillis(20)));
            assertTrue(some.isDraining());
        }
    }

    @Test
    void whatIsCutIsNamedClosedAndGone() throws Exception {
        try (Connections connections = new Connections(true);
                ConnectionPair idle = ConnectionPair.open(connections);
                ConnectionPair busy = ConnectionPair.open(connections);
                ConnectionPair ended = ConnectionPair.open(connections)) {
            Attempt<Boolean> quiet = Attempt.of(() -> idle.connection().quiet(new byte[0]));
            Attempt<Integer> reading =
                    Attempt.of(() -> busy.connection().input().read());
            quiet.awaitWaiting();
            reading.awaitWaiting();
            assertEquals(1, connections.idle());
            assertEquals(2, connections.active());
            ended.client().shutdownOutput();
            hangUp(ended.connection());

            List<String> cut = connections.cut();

            assertEquals(
                    List.of(
                            "line " + idle.client().getLocalSocketAddress() + " open for 0 s, waiting for its client",
                            "line " + busy.client().getLocalSocketAddress() + " open for 0 s, at work"),
                    cut.stream()
                            .map(line -> line.replaceAll("for \\d+ s", "for 0 s"))
                            .toList());
            assertEquals(-1, idle.client().getInputStream().read());
            assertEquals(-1, busy.client().getInputStream().read());
            assertTrue(connections.awaitDrained(Duration.ZERO));
            assertEnds(quiet);
            assertEnds(reading);
            assertEquals(List.of(), connections.cut());
        }
    }

    /** With the end of the stream or with an exception, but it ends. */
    private static void assertEnds(Attempt<?> attempt) throws Exception {
        try {
            attempt.result();
        } catch (IOException e) {
            assertTrue(attempt.isDone());
        }
    }

    @Test
    void whoHasClosedRegistersNoMore() throws Exception {
        Connections connections = new Connections(true);
        connections.close();
        try (SocketChannel channel = SocketChannel.open()) {
            assertEquals(Optional.empty(), register(connections, channel));
        }
    }

    @Test
    void aConnectionThatIsOpenWhenTheWorkerClosesLivesOn() throws Exception {
        try (Connections connections = new Connections(true);
                ConnectionPair pair = ConnectionPair.open(connections)) {
            Attempt<Boolean> quiet = Attempt.of(() -> pair.connection().quiet(new byte[0]));
            quiet.awaitWaiting();
            close(connections);
            pair.client().getOutputStream().write(42);
            assertTrue(quiet.result());
            assertEquals(42, pair.connection().input().read());
            pair.client().shutdownOutput();
        }
    }

    // ---- what the tests stand on ----

    private static Drain drain(Duration atMost) {
        return new Drain(System.nanoTime() + atMost.toNanos(), Optional.empty());
    }

    private static TrackedConnection some(Connections connections) throws IOException {
        return register(connections, SocketChannel.open()).orElseThrow();
    }

    private static Optional<TrackedConnection> register(Connections connections, SocketChannel channel) {
        return connections.register("line", channel, SOMEWHERE, -1, new byte[0], false);
    }

    private static void hangUp(TrackedConnection connection) throws IOException {
        connection.close();
    }

    private static void close(Connections connections) {
        connections.close();
    }
}
