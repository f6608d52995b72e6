package dev.baton.supervisor;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Has timers ring.
 *
 * <p>Threading: any; they ring on the executor's thread.
 */
final class Alarms {
    /** One that rings later than this does so because nobody here ran: SIGSTOP, Ctrl-Z, a virtual machine's pause. */
    private static final Duration LATE = Duration.ofSeconds(1);

    private final ScheduledExecutorService executor;
    private final LongSupplier nanos;
    private final Function<Timer, Duration> extension;

    /**
     * @param nanos System.nanoTime()
     * @param extension how much longer a timer is to be waited for than it was armed for, by now
     */
    Alarms(ScheduledExecutorService executor, LongSupplier nanos, Function<Timer, Duration> extension) {
        this.executor = executor;
        this.nanos = nanos;
        this.extension = extension;
    }

    /**
     * Has a timer ring after a while. After a standstill what was said during it waits in the sockets, and a deadline may
     * have been kept: it is heard first.
     */
    void arm(Timer timer, Duration after, Runnable ring) {
        long armed = nanos.getAsLong();
        Runnable due = () -> {
            Duration more = extension.apply(timer);
            boolean isLate =
                    Duration.ofNanos(nanos.getAsLong() - armed).minus(after).compareTo(LATE) > 0;
            if (!more.isZero()) {
                arm(timer, more, ring);
            } else if (isLate) {
                arm(timer, LATE, ring);
            } else {
                ring.run();
            }
        };
        executor.schedule(due, after.toMillis(), TimeUnit.MILLISECONDS);
    }
}
