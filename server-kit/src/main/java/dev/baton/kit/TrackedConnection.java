package dev.baton.kit;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import dev.baton.handover.LibcException;
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
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An accepted connection that its worker knows of, so that the worker knows when it may leave.
 *
 * <p>A program whose protocol has quiet points, where nothing is half said, calls {@link #quiet} there instead of just
 * reading on: then the connection can move to the next worker while it waits for its client.
 *
 * <p>Threading: one thread reads, one writes, any closes. Ownership: the program closes it.
 */
public final class TrackedConnection implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(TrackedConnection.class);

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
    private final AtomicBoolean ending = new AtomicBoolean();
    private volatile boolean waiting;

    /** Whether a thread is in poll(2) at the descriptor. Guarded by this. */
    private boolean isPolled;
    /** Not null once offered to the next worker, until it has declined: its answer. Guarded by this. */
    private CompletableFuture<Boolean> departed;

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
     * worker is draining, the connection may move; unless something is interposed that cannot. At a unix socket, and
     * alone, it does not wait.
     *
     * @param quietState what the next worker's {@link #state()} will be; at most {@link Handover#MOST_STATE} bytes
     * @return true when it is to be read, be it the end; false when the next worker has the connection: then leave it
     *     alone, it is closed here
     * @throws IOException if the connection was closed meanwhile, or the next worker does not say whether it has it
     * @throws IllegalArgumentException if the state is too large, drain or not
     */
    public boolean quiet(byte[] quietState) throws IOException {
        if (quietState.length > Handover.MOST_STATE) {
            throw new IllegalArgumentException(
                    "at most " + Handover.MOST_STATE + " bytes of state can travel, not " + quietState.length);
        }
        Duplex layers = top;
        if (fd < 0 || layers.input().available() > 0) {
            return true; // what a layer has read already is not in the socket, where one could wait for it or move it
        }
        waiting = true;
        try {
            Optional<Drain> drain = layers.canMove() ? awaitInputOrNextWorker(null) : awaitInput();
            while (drain.isPresent()) {
                Handover next = drain.get().handover().orElseThrow();
                if (move(next, drain.get().remaining(), quietState)) {
                    connections.onHandedOver(this);
                    return false;
                }
                drain = awaitInputOrNextWorker(next);
            }
            return true;
        } finally {
            waiting = false;
        }
    }

    private Optional<Drain> awaitInputOrNextWorker(Handover declinedBy) throws IOException {
        return polling(() -> connections.awaitInputOrNextWorker(fd, declinedBy));
    }

    private Optional<Drain> awaitInput() throws IOException {
        return polling(() -> {
            Libc.awaitInput(fd);
            return Optional.empty();
        });
    }

    private interface Poll {
        Optional<Drain> poll() throws IOException;
    }

    /** While it lasts nobody closes the descriptor: see {@link #closeOurs}. */
    private Optional<Drain> polling(Poll poll) throws IOException {
        synchronized (this) {
            requireOpen();
            isPolled = true;
        }
        try {
            return poll.poll();
        } finally {
            synchronized (this) {
                isPolled = false;
                notifyAll();
            }
        }
    }

    private boolean move(Handover next, Duration atMost, byte[] quietState) throws IOException {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        Optional<Fd> duplicate = depart(answer);
        if (duplicate.isEmpty()) {
            return false;
        }
        try (Fd offered = duplicate.get()) {
            next.offer(listener, StoppableListener.PROTOCOL, offered, quietState)
                    .thenAccept(answer::complete);
        }
        try {
            return settle(answer.get(atMost.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the connection moved", e);
        } catch (ExecutionException | TimeoutException e) {
            // An answer that does not come is no answer: the connection may be the next worker's, and stays departed.
            throw new IOException("the next worker did not say whether it has the connection", e);
        }
    }

    /** Empty where there is no descriptor to offer it with. */
    private synchronized Optional<Fd> depart(CompletableFuture<Boolean> answer) throws IOException {
        requireOpen();
        try {
            Fd duplicate = Libc.duplicate(fd);
            departed = answer;
            return Optional.of(duplicate);
        } catch (LibcException e) {
            LOG.warn("connection={} stays here: {}", this, e.getMessage());
            return Optional.empty();
        }
    }

    private synchronized boolean settle(boolean taken) throws IOException {
        if (taken) {
            channel.close(); // close(2) alone: the connection lives on
            return true;
        }
        requireOpen(); // else it was cut while it was away
        departed = null;
        return false;
    }

    /** The number of a channel that somebody has closed may by now be another connection's. */
    private void requireOpen() throws IOException {
        if (!channel.isOpen() || Libc.socketCookie(fd) != cookie) {
            throw new ClosedChannelException();
        }
    }

    /** Closes our descriptor alone, of a connection that nobody reads yet. */
    synchronized void abandon() throws IOException {
        channel.close();
    }

    /**
     * Closes for good. A thread that waits in poll(2) is woken and awaited first: close(2) would not wake it, and under
     * the number of a closed descriptor there may soon be somebody else. One that has been offered to the next worker,
     * and may be there by now, is closed without a word to the client: close(2) alone.
     */
    private synchronized void closeOurs() throws IOException {
        if (departed != null) {
            departed.completeExceptionally(new ClosedChannelException());
        } else if (isPolled && channel.isOpen()) {
            wakePoll();
        }
        channel.close();
    }

    private void wakePoll() {
        try {
            channel.shutdownInput();
        } catch (IOException e) {
            LOG.trace("{} has been reset, which wakes poll(2) too", this, e);
        }
        boolean isInterrupted = false;
        while (isPolled) {
            try {
                wait();
            } catch (InterruptedException e) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    boolean isIdle() {
        return waiting;
    }

    /** For the record of what a deadline cut. */
    private String description() {
        String doing =
                departed != null ? "on its way to the next worker" : waiting ? "waiting for its client" : "at work";
        return listener + " " + remote + " open for "
                + Duration.ofNanos(System.nanoTime() - since).toSeconds() + " s, " + doing;
    }

    /**
     * Closes at once.
     *
     * @return what it was that was cut; empty if it had closed by itself
     */
    synchronized Optional<String> cut() throws IOException {
        if (!channel.isOpen()) {
            return Optional.empty();
        }
        String description = description();
        closeOurs();
        return Optional.of(description);
    }

    /**
     * Ends the connection without losing what was written: half-close, read to the end for at most two seconds, close.
     * A connection that has moved to the next worker, or may have, is left alone.
     */
    @Override
    public void close() throws IOException {
        try {
            if (!ending.getAndSet(true) && !hasDeparted()) {
                end();
            }
        } catch (IOException e) {
            LOG.debug("{} did not end politely: {}", this, e.getMessage()); // its client is gone
        } finally {
            try {
                closeOurs();
            } finally {
                connections.remove(this);
            }
        }
    }

    private synchronized boolean hasDeparted() {
        return departed != null;
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
