package dev.baton.kit.jetty;

import dev.baton.kit.Drain;
import java.lang.reflect.Field;
import java.util.Optional;
import java.util.function.Consumer;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.eclipse.jetty.websocket.core.WebSocketConnection;
import org.eclipse.jetty.websocket.core.WebSocketCoreSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of a WebSocket: a close frame with 1012, service restart (RFC 6455 section 7.4, IANA registry). Said by the
 * session of Jetty's core, which is the same under each of the APIs that programs use: Jetty's own, Jakarta's and the
 * core's. No API leads from a connection to it, so its field is read.
 */
final class WebSocketGoodbye {
    private static final Logger LOG = LoggerFactory.getLogger(WebSocketGoodbye.class);
    /**
     * Ordinary, unlike what Jetty makes of this code: it would take no more messages as soon as it is to be sent, and call
     * the program before the client has answered.
     */
    private static final CloseStatus RESTART = new CloseStatus(1012, "service restart") {
        @Override
        public boolean isAbnormal() {
            return false;
        }
    };

    private static final Field SESSION = session();

    private WebSocketGoodbye() {}

    static boolean isFor(Connection connection) {
        return connection instanceof WebSocketConnection;
    }

    /** Empty while it cannot be said yet, or any more; Jetty ends the connection right behind it. */
    static Optional<Consumer<Drain>> to(Connection connection) {
        return Optional.ofNullable(SESSION)
                .map(field -> of(field, connection))
                .filter(WebSocketCoreSession::isOutputOpen)
                .map(session -> drain -> session.close(RESTART, lastWordOn(connection)));
    }

    /** TLS and HTTP/2 close what is below them by themselves: what a program gives up there says nothing more. */
    private static Callback lastWordOn(Connection connection) {
        return connection.getEndPoint() instanceof MovableEndPoint movable ? movable.lastWord() : Callback.NOOP;
    }

    private static WebSocketCoreSession of(Field field, Connection connection) {
        try {
            return (WebSocketCoreSession) field.get(connection);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(field + " was made accessible", e);
        }
    }

    private static Field session() {
        try {
            Field field = WebSocketConnection.class.getDeclaredField("coreSession");
            field.setAccessible(true);
            return field;
        } catch (NoSuchFieldException | RuntimeException e) {
            LOG.warn("WebSockets are told nothing before they are cut, this Jetty does not show their sessions: {}", e);
            return null;
        }
    }
}
