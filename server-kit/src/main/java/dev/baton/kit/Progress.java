package dev.baton.kit;

import dev.baton.handover.Message;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the supervisor how many connections there are, when the number has changed, a few times a second. */
final class Progress {
    private static final Logger LOG = LoggerFactory.getLogger(Progress.class);
    private static final long PERIOD_MILLIS = 250;
    /** What a supervisor believes that has heard nothing. */
    private static final Message.Progress NOTHING = new Message.Progress(0, 0, 0);

    private final List<Drainable> drainables;
    private final Consumer<Message> supervisor;
    private ScheduledExecutorService timer;
    private Message.Progress told = NOTHING;

    Progress(List<Drainable> drainables, Consumer<Message> supervisor) {
        this.drainables = drainables;
        this.supervisor = supervisor;
    }

    synchronized void start() {
        timer = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "baton-progress");
            thread.setDaemon(true);
            return thread;
        });
        timer.scheduleWithFixedDelay(this::tell, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Tells the last figures and ends. */
    void stop() {
        synchronized (this) {
            if (timer == null) {
                return;
            }
            timer.shutdownNow();
            timer = null;
        }
        tell();
    }

    /** To a supervisor that has not heard the last figures. */
    synchronized void tellAgain() {
        told = NOTHING;
    }

    private void tell() {
        try {
            Message.Progress now = new Message.Progress(
                    drainables.stream().mapToLong(Drainable::active).sum(),
                    drainables.stream().mapToLong(Drainable::idle).sum(),
                    drainables.stream().mapToLong(Drainable::handedOver).sum());
            if (isNew(now)) {
                supervisor.accept(now); // outside our monitor: the link has one too, and calls us inside it
            }
        } catch (RuntimeException e) {
            LOG.warn("connections could not be counted", e); // and are counted next time
        }
    }

    private synchronized boolean isNew(Message.Progress now) {
        boolean isNew = !now.equals(told);
        told = now;
        return isNew;
    }
}
