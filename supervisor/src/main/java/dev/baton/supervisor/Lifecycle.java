package dev.baton.supervisor;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that owns the lifecycle. It takes one event after another, asks the phase what to make of it, enters
 * the next phase and has the actions performed. Nobody else changes anything; everybody else sends it an event.
 *
 * <p>Whatever goes wrong in one step is logged and the next event taken: servers depend on this thread.
 */
final class Lifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(Lifecycle.class);

    /** What is done about each step, on the lifecycle's thread. */
    interface Stage {
        Hands hands();

        /** A step is about to be taken: nothing of it has been done yet. */
        void entering(Phase phase);

        /** A step was taken, and its actions are under way. */
        void entered(Phase phase, Event event);

        /** This thread is alive: after every step, and once in a while without one. */
        void pulse();

        /** It is over; nothing follows. */
        void ended(int exitCode);
    }

    private record Posted(Event event, CompletableFuture<Void> done) {}

    private final BlockingQueue<Posted> queue = new LinkedBlockingQueue<>();
    private final Duration pulse;
    private boolean closed;
    private Phase phase;

    /** @param pulse how long it waits for an event, at most, before it shows that it is alive */
    Lifecycle(Duration pulse) {
        this.pulse = pulse;
    }

    /** Begins with this step. */
    void start(Step first, Stage stage) {
        Thread thread = new Thread(() -> run(first, stage), "baton-lifecycle");
        thread.start();
    }

    /**
     * Sends an event.
     *
     * @return completes when it has been dealt with, and at once where the lifecycle is over
     */
    CompletableFuture<Void> post(Event event) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        synchronized (queue) {
            if (closed) {
                event.discard();
                done.complete(null);
            } else {
                queue.add(new Posted(event, done));
            }
        }
        return done;
    }

    /** Has the state saved, in which something is new that is in no phase: that is done after every event. */
    void save() {
        post(new Event.Deadline(new Timer("state"))); // for which no phase waits
    }

    private void run(Step first, Stage stage) {
        int exitCode = EXIT_BUG;
        try {
            take(first, null, stage);
            pulse(stage);
            while (!(phase instanceof Stopped)) {
                Posted posted = queue.poll(pulse.toMillis(), TimeUnit.MILLISECONDS);
                if (posted != null) {
                    on(posted.event, stage);
                    posted.done.complete(null);
                }
                pulse(stage);
            }
            exitCode = ((Stopped) phase).exitCode();
        } catch (InterruptedException e) {
            LOG.error("the lifecycle was interrupted, which nobody should do", e);
        } finally {
            close();
            stage.ended(exitCode);
        }
    }

    /** {@code EX_SOFTWARE}: sysexits.h(3head). */
    private static final int EXIT_BUG = 70;

    private void on(Event event, Stage stage) {
        Step step;
        try {
            step = event.on(phase);
        } catch (RuntimeException | Error e) {
            LOG.error("a bug in baton: {} cannot be taken in {}; nothing was done", event, phase, e);
            event.answer().failed(e);
            return;
        }
        take(step, event, stage);
    }

    private void take(Step step, Event event, Stage stage) {
        phase = step.next();
        try {
            stage.entering(phase);
        } catch (RuntimeException | Error e) {
            LOG.error("a bug in baton: {} could not be recorded", phase, e);
        }
        for (Action action : step.actions()) {
            try {
                action.by(stage.hands());
            } catch (RuntimeException | Error e) {
                LOG.error("a bug in baton: {} failed", action, e);
            }
        }
        try {
            stage.entered(phase, event);
        } catch (RuntimeException | Error e) {
            LOG.error("a bug in baton: {} could not be shown", phase, e);
        }
    }

    private static void pulse(Stage stage) {
        try {
            stage.pulse();
        } catch (RuntimeException | Error e) {
            LOG.error("a bug in baton: nobody could be told that it is alive", e);
        }
    }

    private void close() {
        synchronized (queue) {
            closed = true;
            for (Posted posted : queue) {
                posted.event.discard();
                posted.done.complete(null);
            }
            queue.clear();
        }
    }
}
