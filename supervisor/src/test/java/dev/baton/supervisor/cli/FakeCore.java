package dev.baton.supervisor.cli;

import dev.baton.supervisor.Overseer;
import dev.baton.supervisor.Settings;
import dev.baton.supervisor.Transition;
import dev.baton.supervisor.control.FakeSupervision;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** A supervisor in this process that ends when it is told to stop, and starts no worker at all. */
final class FakeCore implements Core, Core.Starter {
    private final CompletableFuture<Integer> end = new CompletableFuture<>();
    private final CompletableFuture<Settings> started = new CompletableFuture<>();
    private final FakeSupervision supervision = new FakeSupervision().onStop(() -> end.complete(0));
    private volatile boolean closed;

    /** It ends by itself, with this exit code. */
    void ends(int exitCode) {
        end.complete(exitCode);
    }

    /** What it was started with, once it has been. */
    Settings settings() throws InterruptedException, ExecutionException, TimeoutException {
        return started.get(20, TimeUnit.SECONDS);
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public Core start(Settings settings, Consumer<Transition> observer, Overseer overseer) {
        started.complete(settings);
        return this;
    }

    @Override
    public FakeSupervision supervision() {
        return supervision;
    }

    @Override
    public void beforeReplacement(Runnable last) {
        // There is no other program.
    }

    @Override
    public void letPass() {
        // There is no runtime directory.
    }

    @Override
    public int awaitEnd() throws InterruptedException {
        try {
            return end.get(20, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
