package dev.baton.kit;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.baton.handover.Fd;
import dev.baton.handover.ListenAddress;
import dev.baton.handover.OpenFiles;
import dev.baton.handover.Traffic;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class RehearsalTest {
    private static final Adopter NOBODY = (protocol, connection, state) -> {
        throw new IOException("nothing is offered here");
    };

    @Test
    void itTakesTheFirstListenerWhoseConnectionsCanMove() {
        OpenFiles before = OpenFiles.now();
        Moves moves = new Moves(true);
        List<Pluggable> slots = List.of(new At("none", "127.0.0.1:1"), new At("a", "127.0.0.1:2"));
        new Rehearsal(slots, List.of(moves), Map.of("a", NOBODY), new InPrivate()).ofHandover();
        assertEquals(List.of(new InetSocketAddress("127.0.0.1", 2)), moves.asked());
        before.assertNothingIsLeft();
    }

    @Test
    void oneThatFailsHarmsNothingAndTheNextIsTried() {
        OpenFiles before = OpenFiles.now();
        Moves moves = new Moves(false);
        List<Pluggable> slots = List.of(
                new At("strange", "no address"),
                new At("unix", "unix:/nowhere"),
                new At("a", "127.0.0.1:1"),
                new At("b", "127.0.0.1:2"));
        Map<String, Adopter> adopters = Map.of("strange", NOBODY, "unix", NOBODY, "a", NOBODY, "b", NOBODY);
        new Rehearsal(slots, List.of(moves), adopters, new InPrivate()).ofHandover();
        assertEquals(
                List.of(new InetSocketAddress("127.0.0.1", 1), new InetSocketAddress("127.0.0.1", 2)), moves.asked());
        before.assertNothingIsLeft();
    }

    @Test
    @Timeout(20)
    void theHandoverIsRehearsedAgainWhileThereAreManyRequests() throws Exception {
        Moves moves = new Moves(true);
        Iterator<Long> answered = List.of(100L, 200L, 299L, 300L, 300L).iterator();
        List<Integer> times = new CopyOnWriteArrayList<>();
        CountDownLatch over = new CountDownLatch(1);
        Rehearsal rehearsal = rehearsal(moves, new InPrivate() {
            @Override
            public boolean pause(Duration atMost) {
                assertEquals(Rehearsal.PAUSE, atMost);
                times.add(moves.asked().size());
                if (!answered.hasNext()) {
                    over.countDown();
                    return false;
                }
                moves.answered(answered.next());
                return true;
            }
        });
        rehearsal.first();
        assertEquals(1, moves.asked().size());
        rehearsal.again();
        over.await();
        assertEquals(List.of(1, 2, 3, 3, 4, 4), times);
    }

    /** Without a warm-up nothing else would have told the compiler. */
    @Test
    @Timeout(20)
    void whileClientsAreServedItIsRehearsedLessAndLessOftenAndThenNoMore() {
        Moves moves = new Moves(true);
        Queue<Duration> pauses = new ConcurrentLinkedQueue<>();
        rehearsal(moves, new InPublic(moves, pauses)).again();
        await().until(() -> pauses.size() == 6 && moves.asked().size() == 6);
        assertEquals(
                Stream.of(1, 2, 4, 8, 16, 32).map(Duration::ofSeconds).toList(), List.copyOf(pauses), "and no more");
        assertEquals(
                Set.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 3)),
                Set.copyOf(moves.asked()),
                "where clients come in");
    }

    private static Rehearsal rehearsal(Moves moves, Rehearsal.Stage stage) {
        return new Rehearsal(List.of(new At("a", "127.0.0.1:2")), List.of(moves), Map.of("a", NOBODY), stage);
    }

    private static class InPrivate implements Rehearsal.Stage {
        @Override
        public Optional<InetSocketAddress> address(Pluggable slot) {
            return ListenAddress.parse(slot.privateAddress()) instanceof ListenAddress.Inet inet
                    ? Optional.of(inet.address())
                    : Optional.empty();
        }

        @Override
        public boolean isPublic() {
            return false;
        }

        @Override
        public boolean pause(Duration atMost) {
            throw new AssertionError("nobody asked for another one");
        }
    }

    /** Where many requests are answered in each pause. */
    private record InPublic(Moves moves, Queue<Duration> pauses) implements Rehearsal.Stage {
        @Override
        public Optional<InetSocketAddress> address(Pluggable slot) {
            return Optional.of(new InetSocketAddress(3));
        }

        @Override
        public boolean isPublic() {
            return true;
        }

        @Override
        public boolean pause(Duration atMost) {
            pauses.add(atMost);
            moves.answered(1000L * pauses.size());
            return true;
        }
    }

    @Test
    void aListenerThatCannotBePluggedInIsNoReasonNotToServe() {
        new Rehearsal(List.of(new At("closed", "127.0.0.1:1")), List.of(), Map.of(), new InPrivate()).ofPlugging();
    }

    private record At(String name, String privateAddress) implements Pluggable {
        @Override
        public void rehearse(Plugging plugging) throws IOException {
            throw new IOException("as this test wants it");
        }

        @Override
        public void plug(Fd publicListener, Plugging plugging) {}

        @Override
        public void unplug(Plugging plugging) {}

        @Override
        public void stop() {}
    }

    /** Remembers where it was to rehearse. */
    static final class Moves implements Drainable {
        private final List<InetSocketAddress> asked = new CopyOnWriteArrayList<>();
        private final boolean can;
        private volatile long answered;

        Moves(boolean can) {
            this.can = can;
        }

        List<InetSocketAddress> asked() {
            return asked;
        }

        /** So many requests in all. */
        void answered(long requests) {
            answered = requests;
        }

        @Override
        public Traffic traffic() {
            List<Long> latencies = new ArrayList<>(Traffic.NONE.latencies());
            latencies.set(0, answered);
            return new Traffic(0, List.of(0L, 0L, answered, 0L, 0L, 0L), latencies, 0);
        }

        @Override
        public boolean rehearse(String listener, InetSocketAddress at, Handover toItself) throws IOException {
            asked.add(at);
            if (!can) {
                throw new IOException("as this test wants it");
            }
            return true;
        }

        @Override
        public long active() {
            return 0;
        }

        @Override
        public long idle() {
            return 0;
        }

        @Override
        public long handedOver() {
            return 0;
        }

        @Override
        public void drain(Drain drain) {}

        @Override
        public boolean awaitDrained(Duration atMost) {
            return true;
        }

        @Override
        public List<String> cut() {
            return List.of();
        }
    }
}
