package dev.baton.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AlarmsTest {
    private final AtomicLong now = new AtomicLong();
    private final List<Long> delays = new ArrayList<>();
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private final Deque<Duration> extensions = new ArrayDeque<>();
    private final AtomicInteger rung = new AtomicInteger();

    /** Writes down what is to be done, and when. */
    private final ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1) {
        @Override
        public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
            delays.add(unit.toMillis(delay));
            waiting.add(task);
            return null;
        }
    };

    private final Alarms alarms =
            new Alarms(executor, now::get, timer -> extensions.isEmpty() ? Duration.ZERO : extensions.poll());

    @AfterEach
    void close() {
        executor.shutdownNow();
    }

    private void arm(int millis) {
        alarms.arm(new Timer("ready"), Duration.ofMillis(millis), rung::incrementAndGet);
    }

    private void passAndRing(int millis) {
        now.addAndGet(Duration.ofMillis(millis).toNanos());
        waiting.poll().run();
    }

    @Test
    void ringsWhenItIsDueOrALittleLater() {
        arm(3000);
        passAndRing(4000);
        assertEquals(List.of(3000L), delays);
        assertEquals(1, rung.get());
    }

    @Test
    void afterAStandstillWhatWaitsIsHeardFirst() {
        arm(3000);
        passAndRing(6000);
        assertEquals(List.of(3000L, 1000L), delays);
        assertEquals(0, rung.get());
        passAndRing(1001);
        assertEquals(1, rung.get());
    }

    @Test
    void whoeverAskedForMoreTimeHasIt() {
        arm(3000);
        extensions.add(Duration.ofMillis(500));
        passAndRing(3000);
        assertEquals(List.of(3000L, 500L), delays);
        passAndRing(500);
        assertEquals(1, rung.get());
    }
}
