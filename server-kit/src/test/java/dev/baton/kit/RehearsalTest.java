package dev.baton.kit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.baton.handover.Fd;
import dev.baton.handover.OpenFiles;
import dev.baton.handover.Traffic;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
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
        new Rehearsal(slots, List.of(moves), Map.of("a", NOBODY)).ofHandover();
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
        new Rehearsal(slots, List.of(moves), Map.of("strange", NOBODY, "unix", NOBODY, "a", NOBODY, "b", NOBODY))
                .ofHandover();
        assertEquals(
                List.of(new InetSocketAddress("127.0.0.1", 1), new InetSocketAddress("127.0.0.1", 2)), moves.asked());
        before.assertNothingIsLeft();
    }

    @Test
    @Timeout(20)
    void theHandoverIsRehearsedAgainWhileThereAreManyRequests() throws Exception {
        Moves moves = new Moves(true);
        Rehearsal rehearsal = new Rehearsal(List.of(new At("a", "127.0.0.1:2")), List.of(moves), Map.of("a", NOBODY));
        rehearsal.first();
        assertEquals(1, moves.asked().size());
        Iterator<Long> answered = List.of(100L, 200L, 299L, 300L, 300L).iterator();
        List<Integer> times = new CopyOnWriteArrayList<>();
        CountDownLatch over = new CountDownLatch(1);
        rehearsal.again(() -> {
            times.add(moves.asked().size());
            if (!answered.hasNext()) {
                over.countDown();
                return false;
            }
            moves.answered(answered.next());
            return true;
        });
        over.await();
        assertEquals(List.of(1, 2, 3, 3, 4, 4), times);
    }

    @Test
    void aListenerThatCannotBePluggedInIsNoReasonNotToServe() {
        new Rehearsal(List.of(new At("closed", "127.0.0.1:1")), List.of(), Map.of()).ofPlugging();
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
