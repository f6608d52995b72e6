package dev.baton.kit.jetty;

import dev.baton.kit.Drain;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * How connections end that cannot move, by the rules of their protocols: HTTP/2 by GOAWAY, WebSocket by its close. One
 * after another and not all in the same instant, for each of these clients comes back at once.
 */
final class Goodbyes {
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final boolean HTTP2 = isThere("org.eclipse.jetty.http2.HTTP2Connection");
    private static final boolean WEBSOCKET = isThere("org.eclipse.jetty.websocket.common.SessionTracker");

    private final Server server;
    private final List<ServerConnector> connectors;

    Goodbyes(Server server, List<ServerConnector> connectors) {
        this.server = server;
        this.connectors = connectors;
    }

    /** Says them all, on a thread of its own, within half of the time that the drain has. */
    void start(Drain drain) {
        List<Runnable> goodbyes = goodbyes();
        if (goodbyes.isEmpty()) {
            return;
        }
        long pause = Math.min(LONGEST_PAUSE_NANOS, drain.remaining().toNanos() / 2 / goodbyes.size());
        Thread thread = new Thread(() -> say(goodbyes, pause), "baton-goodbye");
        thread.setDaemon(true);
        thread.start();
    }

    private List<Runnable> goodbyes() {
        List<Runnable> goodbyes = new ArrayList<>();
        if (HTTP2) {
            for (ServerConnector connector : connectors) {
                for (EndPoint endPoint : connector.getConnectedEndPoints()) {
                    inner(endPoint).flatMap(Http2Goodbye::of).ifPresent(goodbyes::add);
                }
            }
        }
        if (WEBSOCKET) {
            goodbyes.addAll(WebSocketGoodbye.all(server));
        }
        return goodbyes;
    }

    /** The connection that speaks with the client, within TLS where there is TLS. */
    static Optional<Connection> inner(EndPoint endPoint) {
        Connection connection = endPoint.getConnection();
        return Optional.ofNullable(
                connection instanceof org.eclipse.jetty.io.ssl.SslConnection ssl
                        ? ssl.getSslEndPoint().getConnection()
                        : connection);
    }

    /** Whether all is said on a connection, so that it may be closed when the client does not. */
    static boolean isSaid(EndPoint endPoint) {
        return HTTP2 && inner(endPoint).filter(Http2Goodbye::isSaid).isPresent();
    }

    private static void say(List<Runnable> goodbyes, long pauseNanos) {
        try {
            for (Runnable goodbye : goodbyes) {
                goodbye.run();
                TimeUnit.NANOSECONDS.sleep(pauseNanos);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean isThere(String className) {
        try {
            Class.forName(className, false, Goodbyes.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }
}
