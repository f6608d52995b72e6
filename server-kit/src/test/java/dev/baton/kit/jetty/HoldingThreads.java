package dev.baton.kit.jetty;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** A server's threads, of which none is free for a connection that was just accepted, as long as a test wants it so. */
final class HoldingThreads extends QueuedThreadPool {
    private final List<Runnable> held = new ArrayList<>();
    private boolean holding;
    private volatile boolean rejecting;

    @Override
    public void execute(Runnable job) {
        if (rejecting && Thread.currentThread().getName().equals("baton-mover")) {
            throw new RejectedExecutionException("full, as this test wants it");
        }
        synchronized (held) {
            if (holding && job.getClass().getName().endsWith("ManagedSelector$Accept")) {
                held.add(job);
                return;
            }
        }
        super.execute(job);
    }

    void hold() {
        synchronized (held) {
            holding = true;
        }
    }

    /** None for the mover, as where the pool's queue is full. */
    void rejectMover() {
        rejecting = true;
    }

    /** How many connections wait for a thread. */
    int held() {
        synchronized (held) {
            return held.size();
        }
    }

    /** There is a thread for each of them. */
    void release() {
        released().forEach(super::execute);
    }

    /** There will be none, as where the pool's queue is full. */
    void reject() throws IOException {
        for (Runnable job : released()) {
            ((Closeable) job).close();
        }
    }

    private List<Runnable> released() {
        synchronized (held) {
            holding = false;
            List<Runnable> released = List.copyOf(held);
            held.clear();
            return released;
        }
    }
}
