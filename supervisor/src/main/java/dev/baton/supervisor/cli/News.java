package dev.baton.supervisor.cli;

import dev.baton.supervisor.control.ControlClient;
import dev.baton.supervisor.control.NoSupervisorException;
import java.io.Closeable;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Wakes whoever waits for something to change at a supervisor: it follows the events, and leaves it to the waiter to ask
 * what has changed. So an event that is missed is no loss, and a supervisor that lets nobody follow is one that is
 * asked from time to time.
 *
 * <p>Threading: one waits, on a thread of its own it follows. Ownership: whoever began closes.
 */
final class News implements Closeable {
    private static final Duration BEGINNING = Duration.ofSeconds(10);

    private final Semaphore told;
    private final CountDownLatch begun = new CountDownLatch(1);
    private final Thread thread;
    private volatile boolean over;

    private News(ControlClient client, Semaphore told) {
        this.told = told;
        thread = new Thread(() -> follow(client), "baton-news");
        thread.setDaemon(true);
    }

    /** Follows; when this returns, nothing that happens from now on is missed. */
    static News of(ControlClient client) throws InterruptedException {
        return of(client, new Semaphore(0));
    }

    /** The same, where one waits for the news of several. */
    static News of(ControlClient client, Semaphore told) throws InterruptedException {
        News news = new News(client, told);
        news.thread.start();
        if (!news.begun.await(BEGINNING.toMillis(), TimeUnit.MILLISECONDS)) {
            news.close(); // it is asked instead
        }
        return news;
    }

    private void follow(ControlClient client) {
        try {
            client.follow(OptionalLong.empty(), line -> {
                begun.countDown();
                if (line.startsWith("data:")) {
                    told.release();
                }
                return true;
            });
        } catch (NoSupervisorException e) {
            over = true; // whoever waits asks next, and is told why there is no answer
        } finally {
            over = true;
            begun.countDown();
            told.release();
        }
    }

    /** Waits until something has changed, but no longer than this. */
    void await(Duration atMost) throws InterruptedException {
        if (told.tryAcquire(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
            told.drainPermits();
        }
    }

    /** Nothing more will be told: the supervisor has gone, or does not let follow. */
    boolean over() {
        return over;
    }

    @Override
    public void close() {
        over = true;
        thread.interrupt(); // which closes its connection
    }
}
