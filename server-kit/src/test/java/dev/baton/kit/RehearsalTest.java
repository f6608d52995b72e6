package dev.baton.kit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.baton.handover.Fd;
import dev.baton.handover.OpenFiles;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
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
        Rehearsal.ofHandover(slots, List.of(moves), Map.of("a", NOBODY));
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
        Rehearsal.ofHandover(
                slots, List.of(moves), Map.of("strange", NOBODY, "unix", NOBODY, "a", NOBODY, "b", NOBODY));
        assertEquals(
                List.of(new InetSocketAddress("127.0.0.1", 1), new InetSocketAddress("127.0.0.1", 2)), moves.asked());
        before.assertNothingIsLeft();
    }

    @Test
    @Timeout(20)
    void theHandoverIsRehearsedAgainAsLongAsTheWorkerWaits() throws Exception {
        Moves moves = new Moves(true);
        Rehearsal rehearsal = new Rehearsal(List.of(new At("a", "127.0.0.1:2")), List.of(moves), Map.of("a", NOBODY));
        rehearsal.first();
        assertEquals(1, moves.asked().size());
        Semaphore waits = new Semaphore(0);
        CountDownLatch over = new CountDownLatch(1);
        rehearsal.again(() -> {
            waits.release();
            boolean goesOn = moves.asked().size() < 4;
            if (!goesOn) {
                over.countDown();
            }
            return goesOn;
        });
        over.await();
        assertEquals(4, moves.asked().size());
        assertEquals(4, waits.availablePermits(), "it waits before each, and when it is over");
    }

    @Test
    void aListenerThatCannotBePluggedInIsNoReasonNotToServe() {
        Rehearsal.ofPlugging(List.of(new At("closed", "127.0.0.1:1")));
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

        Moves(boolean can) {
            this.can = can;
        }

        List<InetSocketAddress> asked() {
            return asked;
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
