package dev.baton.kit.connection;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * A clock that goes on, to the next moment that somebody sleeps for, once everybody sleeps. Who waits for something
 * else, such as a client that does not read, says so by {@link #aside}.
 */
final class VirtualTime implements Time {
    private final TreeMap<Long, Integer> sleepers = new TreeMap<>();
    private long now;
    private int awake;

    @Override
    public synchronized long nanos() {
        return now;
    }

    synchronized double seconds() {
        return now / 1e9;
    }

    @Override
    public synchronized void sleepUntil(long moment) throws InterruptedException {
        if (moment <= now) {
            return;
        }
        sleepers.merge(moment, 1, Integer::sum);
        awake--;
        advance();
        while (now < moment) {
            wait(TimeUnit.SECONDS.toMillis(30));
        }
    }

    private void advance() {
        if (awake == 0 && !sleepers.isEmpty()) {
            now = sleepers.firstKey();
            awake += sleepers.remove(now);
            notifyAll();
        }
    }

    /** This thread waits for something else, until {@link #back}. */
    synchronized void aside() {
        awake--;
        advance();
    }

    synchronized void back() {
        awake++;
    }

    /** Runs all of them at once, to the end of each. */
    @SafeVarargs
    final <T> List<T> run(Callable<T>... tasks) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(tasks.length);
        try {
            synchronized (this) {
                awake += tasks.length;
            }
            List<Future<T>> futures = new ArrayList<>();
            for (Callable<T> task : tasks) {
                futures.add(threads.submit(() -> {
                    try {
                        return task.call();
                    } finally {
                        aside();
                    }
                }));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) {
                results.add(future.get(30, TimeUnit.SECONDS));
            }
            return results;
        } finally {
            threads.shutdownNow();
        }
    }
}
