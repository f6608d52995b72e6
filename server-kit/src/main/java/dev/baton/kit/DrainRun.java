package dev.baton.kit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One drain, on a thread of its own, from the order to the last connection; its deadline can be drawn nearer. */
final class DrainRun {
    private static final Logger LOG = LoggerFactory.getLogger(DrainRun.class);
    /** How soon a deadline that was drawn nearer is noticed. */
    private static final Duration LOOK = Duration.ofMillis(100);

    private final Drain drain;
    private final List<Drainable> drainables;
    private final Consumer<List<String>> whenDrained;
    private volatile long deadline;

    DrainRun(
            Duration atMost,
            Optional<Handover> handover,
            List<Drainable> drainables,
            Consumer<List<String>> whenDrained) {
        this.deadline = System.nanoTime() + atMost.toNanos();
        this.drain = new Drain(deadline, handover);
        this.drainables = drainables;
        this.whenDrained = whenDrained;
    }

    Drain drain() {
        return drain;
    }

    void start() {
        Thread thread = new Thread(this::run, "baton-drain");
        thread.setDaemon(true);
        thread.start();
    }

    /** The deadline is the nearer of the two from now on. */
    void shorten(Duration atMost) {
        long wanted = System.nanoTime() + atMost.toNanos();
        if (wanted - deadline < 0) {
            deadline = wanted;
        }
    }

    private void run() {
        List<String> cut = new ArrayList<>();
        try {
            drainables.forEach(drainable -> drainable.drain(drain));
            for (Drainable drainable : drainables) {
                if (!awaitDrained(drainable)) {
                    cut.addAll(drainable.cut());
                }
            }
        } catch (InterruptedException e) {
            LOG.warn("drain interrupted");
        } finally {
            drain.handover().ifPresent(Handover::close);
            whenDrained.accept(cut);
        }
    }

    private boolean awaitDrained(Drainable drainable) throws InterruptedException {
        while (true) {
            long left = deadline - System.nanoTime();
            if (drainable.awaitDrained(Duration.ofNanos(Math.max(0, Math.min(left, LOOK.toNanos()))))) {
                return true;
            }
            if (left <= 0) {
                return false;
            }
        }
    }
}
