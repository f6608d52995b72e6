package dev.baton.load;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * When the next request is due. In an open loop each client has a schedule of its own, for if all drew from one, the others would take
 * over what was due from a client whose connection stalls, and one request would count where many had to wait. The limit of a closed
 * loop is shared.
 */
final class Pace {
    /** What {@link Schedule#next} says once the run is over. */
    static final long OVER = Long.MIN_VALUE;

    private final double nanosBetween;
    private final boolean openLoop;
    private final int clients;
    private final AtomicLong free;
    private final long start = System.nanoTime();
    private long end;
    private volatile boolean over;

    Pace(LoadPlan plan) {
        openLoop = plan.rate() > 0;
        double rate = openLoop ? plan.rate() : plan.atMost();
        nanosBetween = rate > 0 ? TimeUnit.SECONDS.toNanos(1) / rate : 0;
        clients = plan.connections();
        free = new AtomicLong(start);
    }

    boolean isOver() {
        return over;
    }

    /** No more requests but those that were due before; who waits must be unparked. */
    synchronized void end() {
        if (!over) {
            end = System.nanoTime();
            over = true;
        }
    }

    /** @param client its number, from 0 on */
    Schedule scheduleOf(int client) {
        return new Schedule(client);
    }

    /** The requests of one client. Confined to its thread. */
    final class Schedule {
        private long request;

        private Schedule(int client) {
            request = client;
        }

        /**
         * Waits until a request is due. In an open loop the schedule stands whatever the server does, so the moment returned may lie in
         * the past: latency counts from it, or a stalled server would hide the requests it kept from being sent (coordinated omission).
         * So they are sent even if the run has ended meanwhile.
         *
         * @return the moment, in the time of {@link System#nanoTime}, from which the request's latency counts, or {@link #OVER}
         */
        long next() {
            if (openLoop) {
                long due = start + (long) (request * nanosBetween);
                request += clients;
                return waitUntil(due) || due - end < 0 ? due : OVER;
            }
            if (nanosBetween == 0) {
                return over ? OVER : System.nanoTime();
            }
            long now = System.nanoTime();
            long turn = free.getAndUpdate(next -> later(next, now) + (long) nanosBetween);
            return waitUntil(turn) ? System.nanoTime() : OVER;
        }
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
