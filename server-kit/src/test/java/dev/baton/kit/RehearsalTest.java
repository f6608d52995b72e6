package dev.baton.kit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.baton.handover.Fd;
import dev.baton.handover.OpenFiles;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RehearsalTest {
    private static final Adopter NOBODY = (protocol, connection, state) -> {
        throw new IOException("nothing is offered here");
    };

    private final List<InetSocketAddress> asked = new ArrayList<>();

    @Test
    void itTakesTheFirstListenerWhoseConnectionsCanMove() {
        OpenFiles before = OpenFiles.now();
        List<Pluggable> slots = List.of(new At("none", "127.0.0.1:1"), new At("a", "127.0.0.1:2"));
        Rehearsal.ofHandover(slots, List.of(new Moves(true)), Map.of("a", NOBODY));
        assertEquals(List.of(new InetSocketAddress("127.0.0.1", 2)), asked);
        before.assertNothingIsLeft();
    }

    @Test
    void oneThatFailsHarmsNothingAndTheNextIsTried() {
        OpenFiles before = OpenFiles.now();
        List<Pluggable> slots = List.of(
                new At("strange", "no address"),
                new At("unix", "unix:/nowhere"),
                new At("a", "127.0.0.1:1"),
                new At("b", "127.0.0.1:2"));
        Rehearsal.ofHandover(
                slots, List.of(new Moves(false)), Map.of("strange", NOBODY, "unix", NOBODY, "a", NOBODY, "b", NOBODY));
        assertEquals(List.of(new InetSocketAddress("127.0.0.1", 1), new InetSocketAddress("127.0.0.1", 2)), asked);
        before.assertNothingIsLeft();
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

    private final class Moves implements Drainable {
        private final boolean can;

        Moves(boolean can) {
            this.can = can;
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
