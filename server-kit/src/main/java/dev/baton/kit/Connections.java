package dev.baton.kit;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import dev.baton.handover.Traffic;
import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections that a worker has accepted through the kit's own listeners: it knows when the last one is gone.
 *
 * <p>Threading: one monitor guards the set, the drain, and the count. The race that matters is a connection that is
 * accepted while the drain begins: {@link #register} and {@link #drain} exclude each other, so either the connection
 * is in the set before the drain looks, and is waited for, or it finds the drain begun, is refused, and was never
 * counted. Nothing comes in between, so once the set is empty during a drain it stays empty.
 */
final class Connections implements Drainable, Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Connections.class);

    /** How often one that waits for its client looks, during a drain, whether there is a next worker again. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final Set<TrackedConnection> open = new LinkedHashSet<>();
    private final Signal drainSignal;
    private Drain drain;
    private long handedOver;
    private long accepted;
    private boolean closed;

    Connections(boolean canHandOver) throws IOException {
        drainSignal = canHandOver ? new Signal() : null;
    }

    /** A connection of ours, or empty where the worker drains already or has closed: then the channel is still the caller's. */
    synchronized Optional<TrackedConnection> register(
            String listener, SocketChannel channel, SocketAddress remote, int fd, byte[] state, boolean continued) {
        if (drain != null || closed) {
            return Optional.empty();
        }
        TrackedConnection connection = new TrackedConnection(this, listener, channel, remote, fd, state, continued);
        open.add(connection);
        accepted += continued ? 0 : 1;
        return Optional.of(connection);
    }

    synchronized void remove(TrackedConnection connection) {
        open.remove(connection);
        if (open.isEmpty()) {
            notifyAll();
            closeSignalIfUnused();
        }
    }

    /** Closes our descriptor of a connection that is somebody else's: close(2) alone. */
    void forget(TrackedConnection connection) {
        try {
            connection.abandon();
        } catch (IOException e) {
            LOG.warn("connection={} could not be closed", connection, e);
        }
        remove(connection);
    }

    synchronized void onHandedOver(TrackedConnection connection) {
        handedOver++;
        remove(connection);
    }

    synchronized boolean isDraining() {
        return drain != null;
    }

    /**
     * Waits for input, and also for a drain with a next worker to hand over to.
     *
     * @param declinedBy who is not meant, {@code null} for nobody
     * @return the drain; empty where there is something to read
     */
    Optional<Drain> awaitInputOrNextWorker(int fd, Handover declinedBy) throws IOException {
        if (drainSignal == null) {
            return Optional.empty();
        }
        boolean input = Libc.awaitEither(fd, drainSignal.fd());
        Optional<Drain> found;
        do {
            found = drainToOtherThan(declinedBy);
        } while (found.isEmpty() && !input && !Libc.awaitInput(fd, LOOK));
        return found;
    }

    private synchronized Optional<Drain> drainToOtherThan(Handover declinedBy) {
        return Optional.ofNullable(drain).filter(its -> its.canHandOver() && !its.handsOverTo(declinedBy));
    }

    @Override
    public long active() {
        return count(false);
    }

    @Override
    public long idle() {
        return count(true);
    }

    private synchronized long count(boolean idle) {
        return open.stream().filter(connection -> connection.isIdle() == idle).count();
    }

    @Override
    public synchronized long handedOver() {
        return handedOver;
    }

    @Override
    public synchronized Traffic traffic() {
        return Traffic.accepted(accepted);
    }

    @Override
    public synchronized void drain(Drain begun) {
        drain = begun;
        if (drainSignal != null) {
            drainSignal.raise();
        }
        if (open.isEmpty()) {
            notifyAll();
        }
    }

    @Override
    public synchronized boolean awaitDrained(Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!open.isEmpty()) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            wait(left / 1_000_000 + 1);
        }
        return true;
    }

    @Override
    public List<String> cut() {
        List<TrackedConnection> left;
        synchronized (this) {
            left = new ArrayList<>(open);
        }
        List<String> descriptions = new ArrayList<>();
        for (TrackedConnection connection : left) {
            try {
                connection.cut().ifPresent(descriptions::add);
            } catch (IOException e) {
                LOG.warn("connection={} could not be closed", connection, e);
            }
            remove(connection);
        }
        return descriptions;
    }

    /** Registers no more. What the drain's signal stands on is closed with the last connection that may wait for it. */
    @Override
    public synchronized void close() {
        closed = true;
        closeSignalIfUnused();
    }

    private void closeSignalIfUnused() {
        if (closed && open.isEmpty() && drainSignal != null) {
            drainSignal.close();
        }
    }

    /** A descriptor that becomes readable once, and for good, for any number of threads that wait in poll(2). */
    private static final class Signal {
        private final Fd observed;
        private final Fd other;

        Signal() throws IOException {
            Fd[] pair = Libc.socketPair();
            observed = pair[0];
            other = pair[1];
        }

        Fd fd() {
            return observed;
        }

        void raise() {
            other.close();
        }

        void close() {
            observed.close();
            other.close();
        }
    }
}
