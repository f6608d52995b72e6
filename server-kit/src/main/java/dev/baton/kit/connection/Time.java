package dev.baton.kit.connection;

import java.util.concurrent.TimeUnit;

/** The time that a {@link RateLimit} goes by. */
public interface Time {
    /** The machine's. */
    Time REAL = new Time() {
        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public void sleepUntil(long moment) throws InterruptedException {
            TimeUnit.NANOSECONDS.sleep(moment - System.nanoTime());
        }
    };

    /** A moment, which means something only beside others. */
    long nanos();

    /** Returns at that moment, or soon after; at once if it has passed. */
    void sleepUntil(long moment) throws InterruptedException;
}
