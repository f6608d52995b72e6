package dev.baton.kit;

import dev.baton.handover.Message;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Tells the supervisor how many connections there are, when the number has changed, a few times a second. */
final class Progress {
    private static final long PERIOD_MILLIS = 250;

    private final List<Drainable> drainables;
    private final Consumer<Message> supervisor;
    private ScheduledExecutorService timer;
    private Message.Progress told = new Message.Progress(0, 0, 0);

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
    synchronized void stop() {
        if (timer != null) {
            timer.shutdownNow();
            timer = null;
            tell();
        }
    }

    private void tell() {
        Message.Progress now = new Message.Progress(
                drainables.stream().mapToLong(Drainable::active).sum(),
                drainables.stream().mapToLong(Drainable::idle).sum(),
                drainables.stream().mapToLong(Drainable::handedOver).sum());
        if (!now.equals(told)) {
            told = now;
            supervisor.accept(now);
        }
    }
}
