package dev.baton.kit;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.KernelThread;
import dev.baton.handover.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ProgressTest {
    private final AtomicLong idle = new AtomicLong(2);
    private final List<Message> told = Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger failed = new AtomicInteger();
    private volatile Runnable failure = () -> {};
    private final CountDownLatch telling = new CountDownLatch(1);
    private final CountDownLatch slow = new CountDownLatch(1);

    private void tell(Message message) {
        if (telling.getCount() > 0) {
            telling.countDown();
            awaitUninterruptibly(slow);
        }
        told.add(message);
    }

    /** A send that is under way is not given up because somebody has no more use for the timer. */
    private static void awaitUninterruptibly(CountDownLatch latch) {
        boolean done = false;
        while (!done) {
            try {
                latch.await();
                done = true;
            } catch (InterruptedException e) {
                // on
            }
        }
    }

    @Test
    void lastFiguresAreToldLastHoweverLongThoseBeforeTake() throws Exception {
        Progress progress = new Progress(List.of(new Two()), this::tell);
        progress.start();
        assertTrue(telling.await(20, TimeUnit.SECONDS));
        idle.set(0);
        Thread stopping = new Thread(progress::stop, "stopping");
        stopping.start();
        KernelThread.awaitAsleep(stopping);
        slow.countDown();
        stopping.join();
        assertEquals(List.of(new Message.Progress(0, 2, 0), new Message.Progress(0, 0, 0)), told);
    }

    @Test
    void afterADrainNothingIsCountedAndANewSupervisorHearsTheSame() {
        slow.countDown();
        Progress progress = new Progress(List.of(new Two()), this::tell);
        progress.start();
        progress.drained();
        idle.set(0);
        progress.tellAgain();
        progress.stop();
        assertEquals(List.of(new Message.Progress(0, 2, 0), new Message.Progress(0, 2, 0)), told);
    }

    @Test
    void aRehearsalIsNotToldAndOneThatFailsHarmsNothing() {
        slow.countDown();
        Progress progress = new Progress(List.of(new Two()), this::tell);
        failure = () -> {
            throw new IllegalStateException("as this test wants it");
        };
        progress.rehearse();
        failure = () -> {};
        progress.rehearse();
        assertEquals(List.of(), told);
        progress.start();
        progress.stop();
        assertEquals(List.of(new Message.Progress(0, 2, 0)), told);
    }

    @Test
    void figuresThatCouldNotBeHadOnceAreToldLater() {
        slow.countDown();
        Progress progress = new Progress(List.of(new Two()), this::tell);
        failure = () -> {
            failed.incrementAndGet();
            throw new OutOfMemoryError("unable to create native thread, as this test wants it");
        };
        progress.start();
        try {
            await().atMost(FakeSupervisor.PATIENCE).until(() -> failed.get() > 0);
            failure = () -> {};
            await().atMost(FakeSupervisor.PATIENCE).until(() -> told.equals(List.of(new Message.Progress(0, 2, 0))));
        } finally {
            progress.stop();
        }
    }

    private final class Two implements Drainable {
        @Override
        public long active() {
            return 0;
        }

        @Override
        public long idle() {
            failure.run();
            return idle.get();
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
