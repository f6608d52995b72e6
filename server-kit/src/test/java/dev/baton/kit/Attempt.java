package dev.baton.kit;

import dev.baton.handover.KernelThread;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Something that is tried on a thread of its own, while the test does something else. */
final class Attempt<T> {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final CompletableFuture<T> outcome = new CompletableFuture<>();
    private final Thread thread;

    interface Trial<T> {
        T run() throws Exception;
    }

    private Attempt(Trial<T> trial) {
        thread = new Thread(
                () -> {
                    try {
                        outcome.complete(trial.run());
                    } catch (Throwable e) {
                        outcome.completeExceptionally(e);
                    }
                },
                "attempt-" + COUNT.incrementAndGet());
        thread.setDaemon(true);
    }

    static <T> Attempt<T> of(Trial<T> trial) {
        Attempt<T> attempt = new Attempt<>(trial);
        attempt.thread.start();
        return attempt;
    }

    /** Waits until the thread waits for something, be it inside a system call. */
    Attempt<T> awaitWaiting() {
        KernelThread.awaitAsleep(thread);
        return this;
    }

    Thread thread() {
        return thread;
    }

    boolean isDone() {
        return outcome.isDone();
    }

    T result() throws Exception {
        try {
            return outcome.get(FakeSupervisor.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception failure) {
                throw failure;
            }
            throw e;
        }
    }
}
