package dev.baton.kit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Fd;
import dev.baton.handover.HandoverChannel;
import dev.baton.handover.Libc;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DrainRunTest {
    private static final Duration PATIENCE = FakeSupervisor.PATIENCE;

    private final CompletableFuture<List<String>> over = new CompletableFuture<>();
    private final One failing = new One(new OutOfMemoryError("unable to create native thread, as this test wants it"));
    private final One other = new One(null);

    @Test
    void whereOneCannotBeginAllAreAwaited() throws Exception {
        start(PATIENCE);
        assertTrue(failing.awaited.await(PATIENCE.toSeconds(), TimeUnit.SECONDS), () -> "over at once: " + over);
        assertFalse(over.isDone());
        failing.gone.countDown();
        assertTrue(other.awaited.await(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        assertFalse(over.isDone());
        other.gone.countDown();
        assertEquals(List.of(), over.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    }

    /** As Jetty's, which closes what has said its last word. */
    @Test
    void oneThatEndsItsConnectionsWhileItIsAwaitedIsAwaitedWhileAnotherLasts() throws Exception {
        start(PATIENCE.multipliedBy(4));
        assertTrue(other.awaited.await(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        other.gone.countDown();
        failing.gone.countDown();
        assertEquals(List.of(), over.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    }

    /** As Jetty's, to whom a connection comes that was accepted just before the drain. */
    @Test
    void oneThatHadNoneAndHasOneIsAwaitedAgain() throws Exception {
        List<Boolean> answers = new ArrayList<>(List.of(true, false, false));
        Drainable again = new One(null) {
            @Override
            public boolean awaitDrained(Duration atMost) {
                return answers.isEmpty() || answers.remove(0);
            }
        };
        other.gone.countDown();
        start(PATIENCE, again, other);
        assertEquals(List.of(), over.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        assertEquals(List.of(), answers, "it still had one");
    }

    @Test
    void oneThatFailsIsNotAskedAgain() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        Drainable fails = new One(null) {
            @Override
            public boolean awaitDrained(Duration atMost) {
                asked.incrementAndGet();
                throw new IllegalStateException("as this test wants it");
            }
        };
        start(PATIENCE, fails, other);
        other.gone.countDown();
        assertEquals(List.of(), over.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        assertEquals(1, asked.get());
    }

    @Test
    void oneThatFailsAtAnotherNextWorkerKeepsItFromNoOther() throws Exception {
        CompletableFuture<Drain> told = new CompletableFuture<>();
        Drainable tells = new One(null) {
            @Override
            public void onNextWorker(Drain drain) {
                told.complete(drain);
            }
        };
        Drainable fails = new One(null) {
            @Override
            public void onNextWorker(Drain drain) {
                throw new IllegalStateException("as this test wants it");
            }
        };
        Drain drain = new Drain(System.nanoTime() + PATIENCE.toNanos(), Optional.empty());
        DrainRun run = new DrainRun(drain, List.of(fails, tells), over::complete);
        Fd[] pair = Libc.socketPair();
        try (HandoverChannel takers = new HandoverChannel(pair[1])) {
            run.handOverTo(new Handover(new HandoverChannel(pair[0])));
            assertSame(drain, told.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
            assertTrue(drain.canHandOver());
            run.handOverTo(another());
            assertThrows(EOFException.class, () -> takers.receive(PATIENCE), "the one before gets no more");
        }
    }

    @Test
    void oneThatIsOverTellsAnotherNextWorkerSo() throws Exception {
        Drain drain = new Drain(System.nanoTime() + PATIENCE.toNanos(), Optional.empty());
        DrainRun run = new DrainRun(drain, List.of(), over::complete);
        run.start();
        over.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        Fd[] pair = Libc.socketPair();
        try (HandoverChannel takers = new HandoverChannel(pair[1])) {
            run.handOverTo(new Handover(new HandoverChannel(pair[0])));
            assertThrows(EOFException.class, () -> takers.receive(PATIENCE));
        }
    }

    private static Handover another() throws IOException {
        Fd[] pair = Libc.socketPair();
        pair[1].close();
        return new Handover(new HandoverChannel(pair[0]));
    }

    @Test
    void whatCannotBeginIsCutAtTheDeadline() throws Exception {
        other.gone.countDown();
        start(Duration.ofMillis(20));
        assertEquals(List.of("one"), over.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    }

    @Test
    void withoutAThreadOfItsOwnItIsTheCallers() throws Exception {
        NoThreads limit = new NoThreads();
        limit.reach();
        failing.gone.countDown();
        other.gone.countDown();
        Attempt<List<String>> drained = Attempt.of(() -> limit.around(() -> {
            start(PATIENCE);
            return over.getNow(null);
        }));
        assertEquals(List.of(), drained.result());
    }

    private void start(Duration deadline) {
        start(deadline, failing, other);
    }

    private void start(Duration deadline, Drainable... drainables) {
        Drain drain = new Drain(System.nanoTime() + deadline.toNanos(), Optional.empty());
        new DrainRun(drain, List.of(drainables), over::complete).start();
    }

    /** A connection that is there until the test lets it go. */
    private static class One implements Drainable {
        private final Error atBegin;
        private final CountDownLatch awaited = new CountDownLatch(1);
        private final CountDownLatch gone = new CountDownLatch(1);

        One(Error atBegin) {
            this.atBegin = atBegin;
        }

        @Override
        public long active() {
            return gone.getCount();
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
        public void drain(Drain drain) {
            if (atBegin != null) {
                throw atBegin;
            }
        }

        @Override
        public boolean awaitDrained(Duration atMost) throws InterruptedException {
            awaited.countDown();
            return gone.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
        }

        @Override
        public List<String> cut() {
            return List.of("one");
        }
    }
}
