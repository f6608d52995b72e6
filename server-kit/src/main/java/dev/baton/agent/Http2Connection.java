package dev.baton.agent;

import java.net.SocketAddress;

/**
 * A connection of HTTP/2 that a server of the program's has, whose client can be asked to begin nothing more on it, RFC
 * 9113 6.8: by a GOAWAY that names no last stream, so that whatever is on its way is answered. The client closes the
 * connection when it has its answers, or does not, and has another one for the next request. By reflection, for the
 * classes are the program's, perhaps moved to another package; and only while it drains.
 *
 * <p>Threading: any.
 */
interface Http2Connection {
    int NO_LAST_STREAM = Integer.MAX_VALUE;
    int NO_ERROR = 0;

    /** @param carrier what {@link ServerWeaving} passes: Undertow's channel, Tomcat's handler, Netty's context */
    static Http2Connection of(Object carrier) {
        String name = carrier.getClass().getName();
        if (name.startsWith(UndertowHttp2.PACKAGE)) {
            return new UndertowHttp2(carrier);
        }
        return name.startsWith(TomcatHttp2.PACKAGE) ? new TomcatHttp2(carrier) : new NettyHttp2(carrier);
    }

    /** Where the program is the server, and not the client. */
    void goAway() throws ReflectiveOperationException;

    SocketAddress remote() throws ReflectiveOperationException;

    /** Whether every request has been answered; a moment ago, for what comes and goes meanwhile. */
    boolean isIdle() throws ReflectiveOperationException;
}
