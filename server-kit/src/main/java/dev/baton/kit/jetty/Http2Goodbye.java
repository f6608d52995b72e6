package dev.baton.kit.jetty;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.frames.Frame;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.http2.frames.PingFrame;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.util.Callback;

/**
 * The end of an HTTP/2 connection in two steps, RFC 9113 section 6.8: a GOAWAY that names no last stream, one round
 * trip, then the real one. Jetty's own shutdown sends both at once when it finds no stream open, and refuses one that
 * is on the wire at that moment.
 */
final class Http2Goodbye implements Runnable {
    private final HTTP2Session session;

    private Http2Goodbye(HTTP2Session session) {
        this.session = session;
    }

    static boolean isFor(Connection connection) {
        return connection instanceof HTTP2Connection;
    }

    static Runnable to(Connection connection) {
        return new Http2Goodbye(((HTTP2Connection) connection).getSession());
    }

    /** Whether the connection has said its last word, and no stream is left. */
    static boolean isSaid(Connection connection) {
        return connection instanceof HTTP2Connection http2
                && http2.getSession().isClosed()
                && http2.getSession().getStreams().isEmpty();
    }

    @Override
    public void run() {
        session.addEventListener(new RoundTrip());
        // As frames and not by goAway(), so that the session goes on taking streams until the client has heard.
        session.frames(null, List.of(GoAwayFrame.GRACEFUL, new PingFrame(System.nanoTime(), false)), Callback.NOOP);
    }

    /** The answer to our PING: what the client sends from now on, it sends knowing that we leave. */
    private final class RoundTrip implements HTTP2Session.FrameListener {
        private final AtomicBoolean done = new AtomicBoolean();

        @Override
        public void onIncomingFrame(Session from, Frame frame) {
            if (frame instanceof PingFrame ping && ping.isReply() && done.compareAndSet(false, true)) {
                session.shutdown();
            }
        }
    }
}
