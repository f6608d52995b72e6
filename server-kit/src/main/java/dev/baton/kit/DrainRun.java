package dev.baton.kit;

import dev.baton.handover.DaemonThread;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One drain, on a thread of its own where there can be one, from the order to the last connection; its deadline can be drawn nearer. */
final class DrainRun {
    private static final Logger LOG = LoggerFactory.getLogger(DrainRun.class);
    /** How soon a deadline that was drawn nearer is noticed. */
    private static final Duration LOOK = Duration.ofMillis(100);

    private final Drain drain;
    private final List<Drainable> drainables;
    private final Consumer<List<String>> whenDrained;
    /** But for those that fail at it. */
    private final List<Drainable> awaited;

    private boolean over;

    DrainRun(Drain drain, List<Drainable> drainables, Consumer<List<String>> whenDrained) {
        this.drain = drain;
        this.drainables = List.copyOf(drainables);
        this.whenDrained = whenDrained;
        this.awaited = new ArrayList<>(drainables);
    }

    Drain drain() {
        return drain;
    }

    void start() {
        try {
            DaemonThread.start("baton-drain", this::run);
        } catch (IOException e) {
            LOG.warn("the drain keeps the thread of whoever has ordered it until it is over: {}", e.getMessage());
            run();
        }
    }

    private void run() {
        List<String> cut = new ArrayList<>();
        try {
            // All of them begin before any is waited for.
            tellAll("drain", drainable -> drainable.drain(drain));
            for (Drainable drainable : awaitDrained()) {
                cut(drainable, cut);
            }
        } catch (InterruptedException e) {
            LOG.warn("drain interrupted");
        } finally {
            close();
            whenDrained.accept(cut);
        }
    }

    private synchronized void close() {
        over = true;
        drain.handover().ifPresent(Handover::close);
    }

    /** The next worker has died, or there was none: what is left moves to this one from now on. */
    synchronized void handOverTo(Handover next) {
        if (over) {
            next.close();
            return;
        }
        drain.handover().ifPresent(Handover::close);
        drain.handOverTo(next);
        tellAll("move on", drainable -> drainable.onNextWorker(drain));
    }

    /** One that fails keeps it from no other. */
    private void tellAll(String what, Consumer<Drainable> order) {
        for (Drainable drainable : drainables) {
            try {
                order.accept(drainable);
            } catch (RuntimeException | Error e) {
                LOG.error("{} does not {}; what it has is cut at the deadline", drainable, what, e);
            }
        }
    }

    /**
     * By turns: some end connections only while they are awaited. One that has none may have one again, which was on its
     * way all the time, as long as another waits for such; so at the end all of them say at once that they have none.
     *
     * @return those that are left at the deadline
     */
    private List<Drainable> awaitDrained() throws InterruptedException {
        List<Drainable> left;
        boolean isOver;
        do {
            isOver = drain.remaining().isZero();
            left = undrained(LOOK);
            if (left.isEmpty()) {
                left = undrained(Duration.ZERO);
            }
        } while (!isOver && !left.isEmpty());
        return left;
    }

    private List<Drainable> undrained(Duration atMost) throws InterruptedException {
        List<Drainable> left = new ArrayList<>();
        for (Drainable drainable : List.copyOf(awaited)) {
            if (!isDrained(drainable, atMost)) {
                left.add(drainable);
            }
        }
        return left;
    }

    private boolean isDrained(Drainable drainable, Duration atMost) throws InterruptedException {
        Duration remaining = drain.remaining();
        try {
            return drainable.awaitDrained(remaining.compareTo(atMost) < 0 ? remaining : atMost);
        } catch (RuntimeException | Error e) {
            LOG.error("{} does not end its connections", drainable, e);
            awaited.remove(drainable);
            return true;
        }
    }

    private static void cut(Drainable drainable, List<String> cut) {
        try {
            cut.addAll(drainable.cut());
        } catch (RuntimeException | Error e) {
            LOG.error("{} does not end its connections", drainable, e);
        }
    }
}
