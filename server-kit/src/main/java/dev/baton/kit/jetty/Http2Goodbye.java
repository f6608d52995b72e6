package dev.baton.kit.jetty;

import dev.baton.kit.Drain;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.frames.Frame;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.http2.frames.PingFrame;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * The end of an HTTP/2 connection in two steps, RFC 9113 section 6.8: a GOAWAY that names no last stream, one round
 * trip and a little more, then the real one. Jetty's own shutdown sends both at once when it finds no stream open, and
 * refuses one that is on the wire at that moment.
 */
final class Http2Goodbye implements Consumer<Drain> {
    /**
     * Nanoseconds for which streams are taken after the client has heard. One of its threads may have chosen this
     * connection before, and begin its stream only now, as in the client of the JDK: what came after the real GOAWAY
     * would not be answered.
     */
    private static final long LAST_STREAMS = TimeUnit.SECONDS.toNanos(1);

    private final HTTP2Session session;
    private final Scheduler scheduler;

    private Http2Goodbye(HTTP2Session session, Scheduler scheduler) {
        this.session = session;
        this.scheduler = scheduler;
    }

    /** Whether it can be said: our SETTINGS have to come first (RFC 9113 section 3.4). */
    static boolean isFor(Connection connection) {
        return connection instanceof HTTP2Connection http2 && http2.getSession().getBytesWritten() > 0;
    }

    static Consumer<Drain> to(Connection connection, Scheduler scheduler) {
        return new Http2Goodbye(((HTTP2Connection) connection).getSession(), scheduler);
    }

    /** Whether the connection has said its last word, and no stream is left. */
    static boolean isSaid(Connection connection) {
        return connection instanceof HTTP2Connection http2
                && http2.getSession().isClosed()
                && http2.getSession().getStreams().isEmpty();
    }

    @Override
    public void accept(Drain drain) {
        session.addEventListener(new RoundTrip(drain));
        // As a frame and not by goAway(), so that the session goes on taking streams until the client has heard.
        // The PING comes behind it: of two that wait to be sent Jetty would send the PING first.
        session.frames(null, List.of(GoAwayFrame.GRACEFUL), Callback.from(this::ping));
    }

    private void ping() {
        session.ping(new PingFrame(System.nanoTime(), false), Callback.NOOP);
    }

    static long pause(Drain drain) {
        return Math.min(LAST_STREAMS, drain.remaining().toNanos() / 2);
    }

    private void shutdown() {
        // Jetty asks no stream any more whether it is still in a request before it resets an idle connection's.
        session.getEndPoint().setIdleTimeout(-1);
        session.shutdown();
    }

    /** The answer to our PING: what the client decides from now on, it decides knowing that we leave. */
    private final class RoundTrip implements HTTP2Session.FrameListener {
        private final Drain drain;
        private final AtomicBoolean done = new AtomicBoolean();

        RoundTrip(Drain drain) {
            this.drain = drain;
        }

        @Override
        public void onIncomingFrame(Session from, Frame frame) {
            if (frame instanceof PingFrame ping && ping.isReply() && done.compareAndSet(false, true)) {
                scheduler.schedule(Http2Goodbye.this::shutdown, pause(drain), TimeUnit.NANOSECONDS);
            }
        }
    }
}
