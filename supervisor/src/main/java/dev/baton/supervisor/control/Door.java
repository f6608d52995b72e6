package dev.baton.supervisor.control;

import dev.baton.handover.DaemonThread;
import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts at one address, and gives those whom its doorman lets in to the house.
 *
 * <p>Threading: a daemon thread of its own, which sleeps in accept(2) as long as nobody comes.
 *
 * <p>Ownership: the listening socket is its own from the start; {@link #close} closes it.
 */
final class Door implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Door.class);

    /** So that a process without a descriptor left does not spin. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final ServerSocketChannel listener;
    private final Doorman doorman;
    private final House house;
    private final Thread thread;

    /** What is behind a door. */
    @FunctionalInterface
    interface House {
        /** Takes a client, which is its own from now on, whatever comes of it. */
        void take(SocketChannel client) throws IOException;
    }

    private Door(ServerSocketChannel listener, Doorman doorman, House house) {
        this.listener = listener;
        this.doorman = doorman;
        this.house = house;
        this.thread = new Thread(this::accept, "control-accept");
        thread.setDaemon(true);
    }

    /** Opens a door at a socket that listens. */
    static Door open(ServerSocketChannel listener, Doorman doorman, House house) {
        Door door = new Door(listener, doorman, house);
        door.thread.start();
        return door;
    }

    SocketAddress address() throws IOException {
        return listener.getLocalAddress();
    }

    private void accept() {
        while (listener.isOpen()) {
            SocketChannel client;
            try {
                client = listener.accept();
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException | Error e) {
                LOG.warn("control=accept failed, and is tried again: {}", e.toString());
                LockSupport.parkNanos(PAUSE.toNanos());
                continue;
            }
            receive(client);
        }
    }

    private void receive(SocketChannel client) {
        try {
            client.configureBlocking(false);
            if (doorman.letsIn(client)) {
                house.take(client);
            }
        } catch (IOException e) {
            LOG.debug("control=lost", e);
            closeQuietly(client);
        } catch (RuntimeException | Error e) { // whatever it is, the next one may fare better
            closeQuietly(client);
            tell(e);
        }
    }

    private static void tell(Throwable failure) {
        try {
            if (failure instanceof OutOfMemoryError e) {
                LOG.warn(
                        "control=turned one away: {}",
                        DaemonThread.refused("control", e).getMessage(),
                        e);
            } else {
                LOG.error("control=failed", failure);
            }
        } catch (RuntimeException | Error e) {
            return; // what there is too little of for a client may be too little for a line
        }
    }

    private static void closeQuietly(SocketChannel client) {
        try {
            client.close();
        } catch (IOException e) {
            LOG.debug("control=lost", e);
        }
    }

    /** Nobody comes in any more. */
    @Override
    public void close() throws IOException {
        listener.close();
        LockSupport.unpark(thread);
    }
}
