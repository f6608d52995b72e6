package dev.baton.supervisor;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a worker steps back behind those that serve when processors are short: by its session's {@link Autogroup}, and
 * by its {@link GroupNice} where that can be put back; and when memory is, by its {@link OomScore}. Where none of these
 * counts it is as if it had not been asked to.
 *
 * <p>Threading: any.
 */
final class Precedence {
    private static final Logger LOG = LoggerFactory.getLogger(Precedence.class);

    private static final Duration RETRY = Duration.ofMillis(20);
    private static final Duration RARELY = Duration.ofSeconds(1);
    /** Behind a takeover, when processors have nothing better to do. */
    private static final Duration AT_LEISURE = Duration.ofSeconds(2);

    private final int pid;
    private final BooleanSupplier alive;
    private final ScheduledExecutorService alarms;
    private boolean back;
    private int turn;
    private boolean expendable;

    /** @param alive whether the process with this pid is still the worker */
    Precedence(int pid, BooleanSupplier alive, ScheduledExecutorService alarms) {
        this.pid = pid;
        this.alive = alive;
        this.alarms = alarms;
    }

    /** Steps back, for no longer than this. */
    synchronized void stepBack(Duration atMost) {
        stand(true);
        int since = turn;
        alarms.schedule(() -> endOf(since), atMost.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Has its full share from now on, and is as dear as anybody. */
    synchronized void stepForward() {
        expendable = false;
        stand(false);
        alarms.schedule(this::scoreOthers, AT_LEISURE.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** When memory runs out it goes before those that serve, until it steps forward. */
    synchronized void giveWay() {
        expendable = true;
        apply(turn, RETRY); // and how long it steps back for stays as it is
    }

    private void scoreOthers() {
        if (alive.getAsBoolean() && !isExpendable()) {
            new OomScore(pid).putOthersBack();
        }
    }

    private synchronized boolean isExpendable() {
        return expendable;
    }

    private synchronized void endOf(int since) {
        if (turn == since && alive.getAsBoolean()) {
            LOG.info("pid={} takes long at a low priority, and gets its full share", pid);
            stand(false);
        }
    }

    private void stand(boolean back) {
        this.back = back;
        apply(++turn, RETRY);
    }

    private synchronized void apply(int since, Duration pause) {
        if (turn == since && alive.getAsBoolean() && !isApplied()) {
            Duration twice = pause.multipliedBy(2);
            Duration next = twice.compareTo(RARELY) < 0 ? twice : RARELY;
            alarms.schedule(() -> apply(since, next), pause.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** @return false where it is to be tried again */
    private boolean isApplied() {
        if (ProcessIdentity.sessionOf(pid).orElse(pid) != pid) {
            return false; // before setsid(1) has run, it is in our own
        }
        new OomScore(pid).goFirst(expendable);
        new GroupNice(pid).standBack(back);
        return new Autogroup(pid).standBack(back);
    }
}
