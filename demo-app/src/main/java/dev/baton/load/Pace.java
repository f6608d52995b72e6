package dev.baton.load;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** When the next request is due. All clients of a run share one pace. */
final class Pace {
    /** What {@link #next} says once the run is over. */
    static final long OVER = Long.MIN_VALUE;

    private final double nanosBetween;
    private final boolean openLoop;
    private final AtomicLong tickets = new AtomicLong();
    private final AtomicLong free;
    private final long start = System.nanoTime();
    private volatile boolean over;

    Pace(LoadPlan plan) {
        openLoop = plan.rate() > 0;
        double rate = openLoop ? plan.rate() : plan.atMost();
        nanosBetween = rate > 0 ? TimeUnit.SECONDS.toNanos(1) / rate : 0;
        free = new AtomicLong(start);
    }

    boolean isOver() {
        return over;
    }

    /** No more requests; who waits must be unparked. */
    void end() {
        over = true;
    }

    /**
     * Waits until a request is due. In an open loop the schedule stands whatever the server does, so the moment returned may lie in the
     * past: latency counts from it, or a stalled server would hide the requests it kept from being sent (coordinated omission).
     *
     * @return the moment, in the time of {@link System#nanoTime}, from which the request's latency counts, or {@link #OVER}
     */
    long next() {
        if (nanosBetween == 0) {
            return over ? OVER : System.nanoTime();
        }
        if (openLoop) {
            long due = start + (long) (tickets.getAndIncrement() * nanosBetween);
            return waitUntil(due) ? due : OVER;
        }
        long now = System.nanoTime();
        long turn = free.getAndUpdate(next -> later(next, now) + (long) nanosBetween);
        return waitUntil(turn) ? System.nanoTime() : OVER;
    }

    /** @return whether the run goes on */
    boolean pause(long nanos) {
        return waitUntil(System.nanoTime() + nanos);
    }

    private static long later(long one, long other) {
        return one - other > 0 ? one : other;
    }

    private boolean waitUntil(long moment) {
        long left = moment - System.nanoTime();
        while (left > 0 && !over) {
            LockSupport.parkNanos(this, left);
            left = moment - System.nanoTime();
        }
        return !over;
    }
}
