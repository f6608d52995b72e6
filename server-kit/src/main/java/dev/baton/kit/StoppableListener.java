package dev.baton.kit;

import dev.baton.handover.Fd;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listener whose accept loop goes on while the supervisor decides whether its connections are this worker's: paused
 * until it may accept, parked, resumed, and stopped once drained.
 *
 * <p>Threading: any number of threads may accept. Ownership: the program closes it, or the worker does at its end.
 *
 * <p>Order: a connection is accepted and registered in one monitor with the unplugging of the public listener. So when
 * {@code parked} is said, no accepted connection is on its way to the program unseen.
 */
public final class StoppableListener implements Closeable {
    /** What two versions of a program on this class speak about when a connection moves between them. */
    static final String PROTOCOL = "stream";

    private static final Logger LOG = LoggerFactory.getLogger(StoppableListener.class);
    private static final long PAUSE_MILLIS = 100;

    private final String name;
    private final ServerSocketChannel channel;
    private final Connections connections;
    private final Selector selector;
    private final Queue<TrackedConnection> adopted = new ArrayDeque<>();
    private final Slot slot;
    private final List<Interposition> layers = new CopyOnWriteArrayList<>();
    private boolean stopped;

    /** Over a bound channel, which is the listener's from now on; with a slot under it where a supervisor is. */
    StoppableListener(String name, ServerSocketChannel channel, Connections connections, boolean supervised)
            throws IOException {
        this.name = name;
        this.channel = channel;
        this.connections = connections;
        channel.configureBlocking(false);
        selector = Selector.open();
        try {
            channel.register(selector, SelectionKey.OP_ACCEPT);
            slot = supervised ? Slot.under(name, channel) : null;
        } catch (IOException | RuntimeException e) {
            selector.close();
            throw e;
        }
    }

    /** The listener's name. */
    public String name() {
        return name;
    }

    /** Where it is bound: the private address where a supervisor holds the public one. */
    public SocketAddress address() throws IOException {
        return channel.getLocalAddress();
    }

    /**
     * Puts a layer on every connection that comes from now on, new or from the previous worker; those interposed later
     * lie on top, nearer to the program.
     *
     * @return this listener
     */
    public StoppableListener interpose(Interposition layer) {
        layers.add(layer);
        return this;
    }

    /** Whether {@link #accept} can still return a connection. */
    public synchronized boolean isOpen() {
        return !stopped;
    }

    /**
     * Waits for the next connection: a new one, or one that comes from the previous worker with its state. When
     * descriptors run out, connections wait in the backlog, and this waits until there are some again.
     *
     * @return a connection that the caller closes
     * @throws ListenerStoppedException once the listener is drained, or was closed
     * @throws InterruptedIOException if the thread is interrupted, which it still is then
     */
    public TrackedConnection accept() throws IOException {
        while (true) {
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedIOException("interrupted while listener " + name + " waited for a connection");
            }
            Optional<TrackedConnection> next = acceptNow();
            if (next.isPresent()) {
                return next.get();
            }
            try {
                // With an action, for the set of selected keys is not for several threads.
                selector.select(key -> {});
            } catch (ClosedSelectorException e) {
                throw new ListenerStoppedException(name);
            }
        }
    }

    private synchronized Optional<TrackedConnection> acceptNow() throws IOException {
        while (true) {
            if (stopped) {
                throw new ListenerStoppedException(name);
            }
            if (!adopted.isEmpty()) {
                TrackedConnection next = adopted.remove();
                if (!adopted.isEmpty()) {
                    selector.wakeup(); // of several that came at once, one wake-up may have been for all
                }
                return Optional.of(next);
            }
            int likely;
            SocketChannel accepted;
            try {
                likely = slot == null ? -1 : slot.likelyNextDescriptor();
                accepted = channel.accept();
            } catch (IOException e) {
                pause(e);
                continue;
            }
            if (accepted == null) {
                return Optional.empty();
            }
            Optional<TrackedConnection> connection = register(accepted, likely);
            if (connection.isPresent()) {
                return connection;
            }
        }
    }

    /** A program's accept loop is not to end because for a moment there are no descriptors left (EMFILE, ENFILE). */
    private void pause(IOException why) throws IOException {
        if (!channel.isOpen()) {
            throw why;
        }
        LOG.warn("listener={} cannot accept: {}", name, why.getMessage());
        try {
            wait(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw why;
        }
    }

    private Optional<TrackedConnection> register(SocketChannel accepted, int likely) throws IOException {
        Optional<TrackedConnection> connection = Optional.empty();
        try {
            connection = connections.register(
                    name, accepted, accepted.getRemoteAddress(), descriptor(accepted, likely), new byte[0], false);
            connection.ifPresent(ours -> layers.forEach(ours::interpose));
            return connection;
        } catch (IOException | RuntimeException e) {
            connection.ifPresent(connections::forget);
            connection = Optional.empty();
            throw e;
        } finally {
            if (connection.isEmpty()) {
                // Where it drains, the public listener is unplugged, so this one is a stranger at the private.
                accepted.close();
            }
        }
    }

    private int descriptor(SocketChannel accepted, int likely) throws IOException {
        if (likely < 0 || !(accepted.getRemoteAddress() instanceof InetSocketAddress)) {
            return -1;
        }
        if (Descriptors.isUnder(likely, accepted)) {
            return likely;
        }
        try {
            return Descriptors.ofConnections().of(accepted).orElse(-1);
        } catch (UncheckedIOException e) {
            LOG.debug("listener={} {} will not be able to move", name, accepted, e);
            return -1;
        }
    }

    /** Goes on with a connection of the previous worker: it comes out of {@link #accept}. */
    Adopter adopter() {
        return this::take;
    }

    private Adopter.Adopted take(String protocol, Fd connection, byte[] state) throws IOException {
        if (!protocol.equals(PROTOCOL)) {
            throw new IOException("listener " + name + " does not speak " + protocol);
        }
        if (!isOpen()) {
            throw new IOException("listener " + name + " has stopped");
        }
        AdoptedChannel taken = AdoptedChannel.of(connection);
        Optional<TrackedConnection> ours =
                connections.register(name, taken.channel(), taken.remote(), taken.number(), state, true);
        if (ours.isEmpty()) {
            taken.channel().close();
            throw new IOException("this worker is draining itself");
        }
        try {
            layers.forEach(ours.get()::interpose);
        } catch (RuntimeException e) {
            connections.forget(ours.get());
            throw e;
        }
        return new Adopter.Adopted() {
            @Override
            public void serve() {
                enqueue(ours.get());
            }

            @Override
            public void drop() {
                connections.forget(ours.get());
            }
        };
    }

    private void enqueue(TrackedConnection connection) {
        synchronized (this) {
            if (!stopped) {
                adopted.add(connection);
                selector.wakeup();
                return;
            }
        }
        // Taken is taken: there is nobody left to give it back to.
        LOG.warn("connection={} came from the previous worker when the listener had just stopped", connection);
        connections.forget(connection);
    }

    /** What the worker plugs and unplugs, in the monitor that accepts. */
    Pluggable plug() {
        return new Pluggable() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public String privateAddress() {
                return slot.privateAddressText();
            }

            @Override
            public void rehearse(Plugging plugging) throws IOException {
                synchronized (StoppableListener.this) {
                    slot.rehearse(plugging);
                }
            }

            @Override
            public void plug(Fd publicListener, Plugging plugging) throws IOException {
                synchronized (StoppableListener.this) {
                    slot.plug(publicListener, plugging);
                }
                selector.wakeup();
            }

            @Override
            public void unplug(Plugging plugging) throws IOException {
                synchronized (StoppableListener.this) {
                    slot.unplug(plugging);
                }
                selector.wakeup();
            }

            @Override
            public void stop() throws IOException {
                close();
            }
        };
    }

    /** Ends the accept loop, wherever it waits, and closes the listener and what nobody has accepted. */
    @Override
    public void close() throws IOException {
        List<TrackedConnection> left;
        synchronized (this) {
            if (stopped) {
                return;
            }
            stopped = true;
            left = List.copyOf(adopted);
            adopted.clear();
            if (slot != null) {
                slot.release();
            }
            channel.close();
            notifyAll();
        }
        selector.close();
        left.forEach(connections::forget);
    }

    @Override
    public String toString() {
        return slot == null ? name + "@" + channel : slot.toString();
    }
}
