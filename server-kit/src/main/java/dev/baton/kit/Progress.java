package dev.baton.kit;

import dev.baton.handover.Message;
import dev.baton.handover.Traffic;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the supervisor what connections there are and what came over them, when that has changed, a few times a second. */
final class Progress {
    private static final Logger LOG = LoggerFactory.getLogger(Progress.class);
    private static final long PERIOD_MILLIS = 250;
    /** What a supervisor believes that has heard nothing. */
    private static final List<String> NOTHING =
            texts(List.of(new Message.Progress(0, 0, 0), new Message.Served(Traffic.NONE)));

    private final List<Drainable> drainables;
    private final Consumer<Message> supervisor;
    private final Object telling = new Object();
    private ScheduledExecutorService timer;
    /** As text: to compare records for the first time takes a JVM much longer, and that would be while it takes over. */
    private List<String> told = NOTHING;
    /** What was there before the first client: checks, and what it was warmed up with. */
    private Traffic rehearsed;

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

    /** Counts for the first time, as all that is rehearsed. */
    void rehearse() {
        news();
        tellAgain();
    }

    /** From now on clients are served. */
    synchronized void begin() {
        if (rehearsed == null) {
            rehearsed = all();
        }
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
            // In a monitor of its own, or what is older could be told last. Outside our own: the link has one too, and
            // calls us inside it.
            synchronized (telling) {
                news().forEach(supervisor);
            }
        } catch (RuntimeException e) {
            LOG.warn("connections could not be counted", e); // and are counted next time
        }
    }

    private synchronized List<Message> news() {
        List<Message> now = List.of(progress(), new Message.Served(traffic()));
        List<Message> news =
                now.stream().filter(message -> !told.contains(message.encode())).toList();
        told = texts(now);
        return news;
    }

    private static List<String> texts(List<Message> messages) {
        return messages.stream().map(Message::encode).toList();
    }

    Message.Progress progress() {
        return new Message.Progress(
                drainables.stream().mapToLong(Drainable::active).sum(),
                drainables.stream().mapToLong(Drainable::idle).sum(),
                drainables.stream().mapToLong(Drainable::handedOver).sum());
    }

    /** What clients were served. */
    synchronized Traffic traffic() {
        Traffic all = all();
        return rehearsed == null ? Traffic.NONE : all.minus(rehearsed);
    }

    private Traffic all() {
        return drainables.stream().map(Drainable::traffic).reduce(Traffic.NONE, Traffic::plus);
    }
}
