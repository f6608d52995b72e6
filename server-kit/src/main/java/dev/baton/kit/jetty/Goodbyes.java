package dev.baton.kit.jetty;

import dev.baton.handover.DaemonThread;
import dev.baton.kit.Drain;
import java.io.IOException;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ServerConnector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How connections end that cannot move, by the rules of their protocols: HTTP/2 by GOAWAY, WebSocket by its close. One
 * after another and not all in the same instant, for each of these clients comes back at once.
 */
final class Goodbyes {
    private static final Logger LOG = LoggerFactory.getLogger(Goodbyes.class);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final boolean HTTP2 = isThere("org.eclipse.jetty.http2.HTTP2Connection");
    private static final boolean WEBSOCKET = isThere("org.eclipse.jetty.websocket.core.WebSocketConnection");

    private final List<ServerConnector> connectors;
    /** Those that are open; within HTTP/2 they have no end point of a connector. */
    private final Set<Connection> webSockets = ConcurrentHashMap.newKeySet();

    private final CountDownLatch stopped = new CountDownLatch(1);

    Goodbyes(List<ServerConnector> connectors) {
        this.connectors = connectors;
    }

    void onOpened(Connection connection) {
        if (WEBSOCKET && WebSocketGoodbye.isFor(connection)) {
            webSockets.add(connection);
        }
    }

    void onClosed(Connection connection) {
        webSockets.remove(connection);
    }

    /**
     * Says them on a thread of its own: to those that are there, within half of the time that the drain has, and then
     * to those that HTTP/1.1 turns into while it ends, until {@link #stop}.
     */
    void start(Drain drain) {
        try {
            DaemonThread.start("baton-goodbye", () -> run(drain));
        } catch (IOException e) {
            LOG.warn("WebSockets and HTTP/2 connections are told nothing until they are cut: {}", e.getMessage());
        }
    }

    /** Looks for whom there would be to tell, and tells nobody. */
    void rehearse() {
        goodbyes();
    }

    void stop() {
        stopped.countDown();
    }

    private void run(Drain drain) {
        Set<Object> told = Collections.newSetFromMap(new IdentityHashMap<>());
        try {
            do {
                Map<Object, Consumer<Drain>> goodbyes = goodbyes();
                goodbyes.keySet().removeAll(told);
                told.addAll(goodbyes.keySet());
                say(goodbyes.values(), drain);
            } while (!stopped.await(LONGEST_PAUSE_NANOS, TimeUnit.NANOSECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Spreads them over half of the time that the drain has. */
    private static void say(Collection<Consumer<Drain>> goodbyes, Drain drain) throws InterruptedException {
        long end = halfway(drain);
        int left = goodbyes.size();
        for (Consumer<Drain> goodbye : goodbyes) {
            goodbye.accept(drain);
            long halfway = halfway(drain);
            if (halfway - end < 0) {
                end = halfway; // the deadline has drawn nearer, and whoever is not told by then is cut
            }
            TimeUnit.NANOSECONDS.sleep(Math.min(LONGEST_PAUSE_NANOS, (end - System.nanoTime()) / left--));
        }
    }

    /** When half of the time that a drain still has will be over. */
    private static long halfway(Drain drain) {
        return System.nanoTime() + drain.remaining().toNanos() / 2;
    }

    private Map<Object, Consumer<Drain>> goodbyes() {
        Map<Object, Consumer<Drain>> goodbyes = new IdentityHashMap<>();
        if (HTTP2) {
            for (ServerConnector connector : connectors) {
                for (EndPoint endPoint : connector.getConnectedEndPoints()) {
                    inner(endPoint)
                            .filter(Http2Goodbye::isFor)
                            .ifPresent(connection ->
                                    goodbyes.put(connection, Http2Goodbye.to(connection, connector.getScheduler())));
                }
            }
        }
        if (WEBSOCKET) {
            for (Connection connection : webSockets) {
                WebSocketGoodbye.to(connection).ifPresent(goodbye -> goodbyes.put(connection, goodbye));
            }
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

    private static boolean isThere(String className) {
        try {
            Class.forName(className, false, Goodbyes.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }
}
