package dev.baton.kit;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * An accepted connection that its worker knows of, so that the worker knows when it may leave.
 *
 * <p>A program whose protocol has quiet points, where nothing is half said, calls {@link #quiet} there instead of just
 * reading on: then the connection can move to the next worker while it waits for its client.
 *
 * <p>Threading: one thread reads, one writes, any closes. Ownership: the program closes it.
 */
public final class TrackedConnection implements Closeable {
    /** How long a client gets to close its end after us: a socket closed with unread data answers with RST. */
    private static final Duration LINGER = Duration.ofSeconds(2);

    private final Connections connections;
    private final String listener;
    private final SocketChannel channel;
    private final SocketAddress remote;
    /** Under the channel, or -1 where it is not known. */
    private final int fd;

    private final long cookie;
    private final byte[] state;
    private final boolean continued;
    private final ChannelStreams streams;
    private volatile Duplex top;
    private final long since = System.nanoTime();
    private volatile boolean waiting;

    TrackedConnection(
            Connections connections,
            String listener,
            SocketChannel channel,
            SocketAddress remote,
            int fd,
            byte[] state,
            boolean continued) {
        this.connections = connections;
        this.listener = listener;
        this.channel = channel;
        this.remote = remote;
        this.fd = fd;
        this.cookie = fd < 0 ? 0 : Libc.socketCookie(fd);
        this.state = state;
        this.continued = continued;
        this.streams = new ChannelStreams(channel);
        this.top = streams;
    }

    /**
     * Puts a layer on top of what is there. To be called before the first byte is read or written; for every connection
     * of a listener see {@link StoppableListener#interpose}.
     */
    public void interpose(Interposition layer) {
        top = layer.over(top, continued);
    }

    /** From the client. */
    public InputStream input() {
        return top.input();
    }

    /** To the client; unbuffered. */
    public OutputStream output() {
        return top.output();
    }

    /** The client's address, its own also on a connection that came from the previous worker. */
    public SocketAddress remote() {
        return remote;
    }

    /** What the previous worker sent along with the connection; empty for one that was accepted here. */
    public byte[] state() {
        return state.clone();
    }

    /** Whether the worker is about to leave: a protocol that can say goodbye may do so now. */
    public boolean isDraining() {
        return connections.isDraining();
    }

    /**
     * Waits for the client's next byte, at a point where the protocol is quiet: nothing read is unanswered, nothing
     * written is unsent, and all that the next worker must know stands in the state. While it waits, and when the
     * worker is draining, the connection may move; unless something is interposed that cannot.
     *
     * @param quietState what the next worker's {@link #state()} will be; at most {@link Handover#MOST_STATE} bytes
     * @return true when there is something to read, be it the end; false when the next worker has the connection:
     *     then leave it alone, it is closed here
     * @throws IOException if the connection was closed meanwhile
     */
    public boolean quiet(byte[] quietState) throws IOException {
        Duplex layers = top;
        if (fd < 0 || layers.input().available() > 0) {
            return true; // what a layer has read already is not in the socket, where one could wait for it or move it
        }
        waiting = true;
        try {
            if (!layers.canMove()) {
                connections.awaitInput(fd);
                return true;
            }
            Optional<Drain> drain = connections.awaitInputOrDrain(fd);
            if (drain.isEmpty()) {
                return true;
            }
            if (move(drain.get(), quietState)) {
                connections.onHandedOver(this);
                return false;
            }
            connections.awaitInput(fd);
            return true;
        } finally {
            waiting = false;
        }
    }

    private boolean move(Drain drain, byte[] quietState) throws IOException {
        CompletableFuture<Boolean> answer;
        try (Fd duplicate = duplicate()) {
            answer = drain.handover().orElseThrow().offer(listener, StoppableListener.PROTOCOL, duplicate, quietState);
        }
        try {
            // An answer that does not come is no answer: the connection may be the next worker's. The deadline ends it.
            boolean taken = answer.get(drain.remaining().toMillis(), TimeUnit.MILLISECONDS);
            if (taken) {
                channel.close(); // close(2) alone: the connection lives on
            }
            return taken;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the connection moved", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("the next worker did not say whether it has the connection", e);
        }
    }

    /** Under the monitor that closes too: the number of a closed channel may by then be another connection's. */
    private synchronized Fd duplicate() throws IOException {
        if (!channel.isOpen() || Libc.socketCookie(fd) != cookie) {
            throw new ClosedChannelException();
        }
        return Libc.duplicate(fd);
    }

    /** Closes our descriptor alone. */
    synchronized void abandon() throws IOException {
        channel.close();
    }

    boolean isIdle() {
        return waiting;
    }

    /** For the record of what a deadline cut. */
    String description() {
        return listener + " " + remote + " open for "
                + Duration.ofNanos(System.nanoTime() - since).toSeconds() + " s, "
                + (waiting ? "waiting for its client" : "at work");
    }

    /** Closes at once. Whoever waits in poll(2) for input must be woken first: close(2) does not wake it. */
    synchronized void cut() throws IOException {
        if (channel.isOpen()) {
            channel.shutdownInput();
            channel.close();
        }
    }

    /**
     * Ends the connection without losing what was written: half-close, read to the end for at most two seconds, close.
     */
    @Override
    public void close() throws IOException {
        try {
            end();
            synchronized (this) {
                channel.close();
            }
        } finally {
            connections.remove(this);
        }
    }

    private void end() throws IOException {
        try {
            if (channel.isOpen()) {
                top.end();
            }
        } finally {
            streams.finish(LINGER);
        }
    }

    @Override
    public String toString() {
        return listener + " " + remote;
    }
}
