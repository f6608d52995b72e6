package dev.baton.agent;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who is told to go in a drain, and when. */
@Timeout(60)
class Http2ConnectionsTest {
    private static final Duration A_SECOND = Duration.ofSeconds(1);

    private final Http2Connections connections = new Http2Connections(Connection.class::cast);
    private final CountDownLatch ever = new CountDownLatch(1);
    private final List<Connection> all = new ArrayList<>();

    private final class Connection implements Http2Connection {
        private final int port;
        private final boolean blocks;
        private final long since = System.nanoTime();
        private volatile boolean idle;
        private volatile long toldAfter;
        private volatile int told;

        Connection(boolean idle, boolean blocks) {
            this.idle = idle;
            this.blocks = blocks;
            all.add(this);
            port = all.size();
            connections.add(this);
        }

        @Override
        public void goAway() {
            told++;
            toldAfter = System.nanoTime() - since;
            if (blocks) {
                awaitTheEnd();
            }
        }

        @Override
        public SocketAddress remote() {
            return new InetSocketAddress("127.0.0.1", port);
        }

        @Override
        public boolean isIdle() {
            return idle;
        }
    }

    private void awaitTheEnd() {
        try {
            ever.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @AfterEach
    void end() {
        ever.countDown();
    }

    @Test
    void eachIsToldOnceAndNotBeforeItsServerHasSaidItsSettings() throws Exception {
        for (int i = 0; i < 100; i++) {
            new Connection(true, false);
        }
        connections.drain();
        Connection late = new Connection(true, false);
        await().until(() -> late.told > 0 && !connections.isTelling());
        assertTrue(all.stream().allMatch(each -> each.told == 1 && each.toldAfter > A_SECOND.toNanos()));
    }

    @Test
    void busyOneIsToldLaterAndWhoKeepsItFromThatKeepsNobodyElse() throws Exception {
        Connection stuck = new Connection(false, true);
        Connection busy = new Connection(false, false);
        Connection idle = new Connection(true, false);
        await().until(connections::isTelling); // no longer young
        connections.drain();
        await().until(() -> stuck.told + busy.told + idle.told == 3);
        assertTrue(busy.toldAfter - idle.toldAfter > A_SECOND.toNanos() / 2);
        new Connection(true, false);
        await().until(() -> all.get(3).told == 1);
        assertTrue(connections.isTelling(), "the one that is stuck is being told");
        assertEquals(1, stuck.told);
    }

    @Test
    void onlyOneThatWasToldAndHasItsAnswersHasDone() throws Exception {
        Connection one = new Connection(true, false);
        assertFalse(connections.hasDone(one.remote(), Duration.ZERO), "nobody has told it");
        connections.drain();
        await().until(() -> connections.hasDone(one.remote(), Duration.ZERO));
        assertFalse(connections.hasDone(one.remote(), Duration.ofMinutes(1)));
        one.idle = false;
        assertFalse(connections.hasDone(one.remote(), Duration.ZERO));
    }
}
