package dev.baton.kit.jetty;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import dev.baton.kit.Handover;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.Optional;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ProxyConnectionFactory.ProxyEndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end point of a plaintext connection, which can move to the next worker while HTTP/1.1 waits on it for a request.
 *
 * <p>An HTTP connection says that it waits by {@link #fillInterested}, with its parser at the start of a request or
 * within its head. Of what has been read of the head, a copy is kept here, to travel along and be parsed again.
 * Whether it moves or reads on, {@link Turn} decides.
 */
final class MovableEndPoint extends ProxyEndPoint {
    private static final Logger LOG = LoggerFactory.getLogger(MovableEndPoint.class);
    private static final int LONGEST_HEAD = 16 * 1024;
    private static final int UNKNOWN = -1;
    private static final long NEVER = -1;
    private static final byte[] NOTHING = {};
    private static final int END_OF_HEAD = '\r' << 24 | '\n' << 16 | '\r' << 8 | '\n';

    private final EndPoint endPoint;
    private final int number;
    private final long cookie;
    private final Turn turn = new Turn();
    private final Callback onInput = new OnInput();
    private final String listener;
    private final JettyConnections connections;
    private final Adoptions adoptions;
    /** Where it has been offered in vain; {@code null} where it never was. */
    private final Handover declinedBy;

    private volatile boolean stays;
    private volatile LastWord lastWord;
    private volatile Callback waiting;
    /** Of a connection that is on its way; handed on as {@link #head} is. */
    private long idleTimeout;
    /**
     * What was read of a request's head, or {@code null} where more than that was read. Written by whoever reads for
     * Jetty, one thread after the other; {@link Turn} hands it on to who moves the connection.
     */
    private byte[] head;

    /** As {@link #head} is. */
    private long requestsBeforeHead;

    /** What is known of a connection that this worker has accepted. */
    static Adoptions.Arrival accepted(EndPoint endPoint) {
        return new Adoptions.Arrival(
                endPoint.getLocalSocketAddress(), endPoint.getRemoteSocketAddress(), UNKNOWN, NOTHING, null);
    }

    /** @param arrival from elsewhere, or {@link #accepted} */
    MovableEndPoint(
            EndPoint endPoint,
            Adoptions.Arrival arrival,
            String listener,
            JettyConnections connections,
            Adoptions adoptions) {
        super(endPoint, arrival.local(), arrival.remote());
        this.endPoint = endPoint;
        this.number = arrival.number();
        this.cookie = number == UNKNOWN ? 0 : Libc.socketCookie(number);
        this.declinedBy = arrival.declinedBy();
        this.head = arrival.state();
        this.listener = listener;
        this.connections = connections;
        this.adoptions = adoptions;
    }

    /** The movable end point under one that an application's connection stands on; empty where TLS lies between. */
    static Optional<MovableEndPoint> under(EndPoint endPoint) {
        EndPoint layer = endPoint;
        while (!(layer instanceof MovableEndPoint) && layer instanceof EndPoint.Wrapper wrapper) {
            layer = wrapper.unwrap();
        }
        return layer instanceof MovableEndPoint movable ? Optional.of(movable) : Optional.empty();
    }

    String listener() {
        return listener;
    }

    /** Who looks after it. */
    JettyConnections connections() {
        return connections;
    }

    void onClosed() {
        connections.remove(this);
    }

    SocketChannel channel() {
        return (SocketChannel) endPoint.getTransport();
    }

    /** The descriptor under an adopted channel, as long as it is; else -1. */
    int knownNumber() {
        return number != UNKNOWN && Libc.socketCookie(number) == cookie ? number : UNKNOWN;
    }

    /** What was read of the next request's head; for who has claimed the connection, or has made it. */
    byte[] state() {
        return head;
    }

    /** Whether a request is being answered; an upgraded connection has none any more, nor one that has said its last. */
    boolean isInARequest() {
        return getConnection() instanceof HttpConnection
                && turn.isBusy()
                && (!isOutputShutdown() || request().isPresent());
    }

    /** The request that is being answered. */
    Optional<Request> request() {
        return requestOn(getConnection());
    }

    /** The request that is being answered on a connection, of HTTP/1. */
    static Optional<Request> requestOn(Connection connection) {
        return connection instanceof HttpConnection http
                ? Optional.ofNullable(http.getHttpChannel().getRequest())
                : Optional.empty();
    }

    /** Whether it moves when the worker drains; one that the next worker has declined, or that has to stay, does not. */
    boolean mayMove() {
        return !stays && (declinedBy == null || !connections.handsOverTo(declinedBy));
    }

    /** It was not taken there, and goes on here, as a new connection. The descriptor stays the caller's. */
    void comeBack(Fd connection, byte[] state, Handover declinedBy) {
        try {
            adoptions.takeBack(connection, state, declinedBy);
        } catch (IOException e) {
            if (Libc.remoteAddress(connection.number()).isEmpty()) {
                LOG.debug("connection from {} has ended on its way: its client has gone", getRemoteSocketAddress());
            } else {
                LOG.warn("connection from {} could not be taken back and is lost", getRemoteSocketAddress(), e);
            }
        }
    }

    /** Takes the connection away from Jetty, which will not see its next byte; false where a request was first. */
    boolean claim() {
        return mayMove() && turn.claim();
    }

    /** It cannot be taken away, though it was claimed: Jetty goes on with it, and its next response is its last. */
    void stay() {
        stays = true;
        if (endPoint.getIdleTimeout() == NEVER) {
            endPoint.setIdleTimeout(idleTimeout);
        }
        if (!turn.unclaim()) {
            arm(); // what has come meanwhile is there still, and the selector tells of it
        }
    }

    @Override
    public int fill(ByteBuffer buffer) throws IOException {
        if (!(getConnection() instanceof HttpConnection http)) {
            return super.fill(buffer);
        }
        boolean beginning = atStart(http);
        if (beginning && connections.canMoveNow() && mayMove()) {
            // A client that has sent its next request already: nothing is read, so that Jetty says that it waits. Else
            // one that is quick enough would stay until the deadline, and be cut.
            return 0;
        }
        int before = buffer.remaining();
        int filled = super.fill(buffer);
        if (filled > 0) {
            int from = buffer.position() + before;
            if (endsHead(buffer, from + filled)) {
                head = null; // nobody will wait for the rest of it
                return filled;
            }
            if (beginning) {
                requestsBeforeHead = http.getMessagesIn();
                head = NOTHING;
            }
            if (head != null) {
                head = head.length + filled > longestHead(http) ? null : with(head, buffer, from, filled);
            }
        }
        return filled;
    }

    /** Whoever goes on with it takes all of it at once, into a buffer that is most likely as large as ours. */
    private static int longestHead(HttpConnection http) {
        return Math.min(LONGEST_HEAD, http.getInputBufferSize());
    }

    /**
     * Whether a parser that has read so far cannot be within a head: what nearly every client sends at once is a head
     * up to its end, which then need not be copied.
     */
    private static boolean endsHead(ByteBuffer buffer, int end) {
        return end >= Integer.BYTES && buffer.getInt(end - Integer.BYTES) == END_OF_HEAD;
    }

    private static byte[] with(byte[] bytes, ByteBuffer buffer, int from, int length) {
        byte[] more = Arrays.copyOf(bytes, bytes.length + length);
        buffer.get(from, more, bytes.length, length);
        return more;
    }

    /**
     * Closes; while the worker drains, with what was said last still arriving: half-close, and Jetty reads on to the
     * end. A WebSocket for example is closed by Jetty right after its 1012, and data on their way to it would make the
     * kernel answer with RST. {@link Lingering} closes what has lingered long enough.
     */
    @Override
    public void close(Throwable cause) {
        LastWord word = lastWord;
        if (cause == null && word != null && !isInputShutdown() && word.isAwaited()) {
            return;
        }
        if (cause == null && connections.isDraining() && !turn.isClaimed() && !isInputShutdown()) {
            shutdownOutput();
        } else {
            super.close(cause);
        }
    }

    @Override
    public void fillInterested(Callback callback) {
        if (!(getConnection() instanceof HttpConnection http) || !isQuiet(http)) {
            super.fillInterested(callback);
            return;
        }
        if (waiting != callback) {
            waiting = callback;
        }
        if (connections.canMoveNow() && mayMove()) {
            // Claimed without ever being armed: there is nothing that the selector could still do for us.
            // Only the idle timeout could: it closes what nobody waits at.
            idleTimeout = endPoint.getIdleTimeout();
            endPoint.setIdleTimeout(NEVER);
            turn.claimUnarmed();
            connections.move(this);
            return;
        }
        arm();
    }

    private void arm() {
        long arming = turn.arm();
        super.fillInterested(onInput);
        turn.armed(arming); // from now on the mover can find it
    }

    /** Nothing is being handled, and all that was read of the next request is in {@link #head}. */
    private boolean isQuiet(HttpConnection http) {
        if (!http.isRequestBufferEmpty()) {
            return false;
        }
        if (http.getParser().isStart()) {
            head = NOTHING;
            return true;
        }
        return http.getParser().inHeaderState() && head != null && http.getMessagesIn() == requestsBeforeHead;
    }

    private static boolean atStart(HttpConnection http) {
        return http.getParser().isStart() && http.isRequestBufferEmpty();
    }

    /** What is about to be said is the last that is said here: to be completed when it is written. */
    Callback lastWord() {
        lastWord = new LastWord();
        return lastWord;
    }

    /**
     * A program may find that it can say nothing more, and give the connection up, before what it is told is written:
     * another thread writes, or has lost its processor.
     */
    private final class LastWord implements Callback {
        private boolean said;
        private boolean closed;

        /** If so the connection is closed then. */
        synchronized boolean isAwaited() {
            closed |= !said;
            return !said;
        }

        private synchronized boolean isClosed() {
            said = true;
            return closed;
        }

        @Override
        public void succeeded() {
            if (isClosed()) {
                close();
            }
        }

        @Override
        public void failed(Throwable cause) {
            succeeded();
        }

        @Override
        public InvocationType getInvocationType() {
            return InvocationType.NON_BLOCKING;
        }
    }

    private final class OnInput implements Callback {
        @Override
        public void succeeded() {
            if (turn.input()) {
                waiting.succeeded();
            }
        }

        @Override
        public void failed(Throwable cause) {
            if (turn.input()) {
                waiting.failed(cause);
            }
        }

        @Override
        public InvocationType getInvocationType() {
            Callback callback = waiting;
            return callback == null ? InvocationType.BLOCKING : callback.getInvocationType();
        }
    }
}
