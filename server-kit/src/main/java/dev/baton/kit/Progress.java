package dev.baton.kit;

import dev.baton.handover.Message;
import dev.baton.handover.Traffic;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
    private static final Set<String> NOTHING =
            Set.of(new Message.Progress(0, 0, 0).encode(), new Message.Served(Traffic.NONE).encode());

    private final List<Drainable> drainables;
    private final Consumer<Message> supervisor;
    private final Object telling = new Object();
    private ScheduledExecutorService timer;
    /** As text: to compare records for the first time takes a JVM much longer, and that would be while it takes over. */
    private Set<String> told = NOTHING;
    /** What was there before the first client: checks, and what it was warmed up with. */
    private Traffic rehearsed;
    /** At the end of the drain; {@code null} before. */
    private List<Message> last;

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
        timer.scheduleWithFixedDelay(() -> tell(supervisor), PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Counts for the first time, as all that is rehearsed. */
    void rehearse() {
        tell(message -> LOG.trace("rehearsed {}", message));
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
        tell(supervisor);
    }

    /** Tells the figures of this moment, and them alone from now on: who comes after a drain is no client. */
    void drained() {
        synchronized (this) {
            last = figures();
        }
        tell(supervisor);
    }

    /** To a supervisor that has not heard the last figures: with the next look. */
    synchronized void tellAgain() {
        told = NOTHING;
    }

    private void tell(Consumer<Message> listener) {
        try {
            // In a monitor of its own, or what is older could be told last. Outside our own: the link has one too, and
            // calls us inside it.
            synchronized (telling) {
                news().forEach(listener);
            }
        } catch (RuntimeException | Error e) {
            LOG.warn("connections could not be counted", e); // and are counted next time
        }
    }

    private synchronized List<Message> news() {
        List<Message> news = new ArrayList<>();
        Set<String> now = new HashSet<>();
        for (Message message : last == null ? figures() : last) {
            String text = message.encode();
            now.add(text);
            if (!told.contains(text)) {
                news.add(message);
            }
        }
        told = now;
        return news;
    }

    private List<Message> figures() {
        return List.of(progress(), new Message.Served(traffic()));
    }

    Message.Progress progress() {
        long active = 0;
        long idle = 0;
        long handedOver = 0;
        for (Drainable drainable : drainables) {
            active += drainable.active();
            idle += drainable.idle();
            handedOver += drainable.handedOver();
        }
        return new Message.Progress(active, idle, handedOver);
    }

    /** What clients were served. */
    synchronized Traffic traffic() {
        Traffic all = all();
        return rehearsed == null ? Traffic.NONE : all.minus(rehearsed);
    }

    private Traffic all() {
        Traffic all = Traffic.NONE;
        for (Drainable drainable : drainables) {
            all = all.plus(drainable.traffic());
        }
        return all;
    }
}
