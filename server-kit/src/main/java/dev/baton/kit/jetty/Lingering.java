package dev.baton.kit.jetty;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ServerConnector;

/**
 * Connections whose last word is said, and whose client gets its time to close too. Until then the socket is read on: closed
 * with unread data it would answer with RST, which can destroy that response.
 *
 * <p>Threading: that of the drain.
 */
final class Lingering {
    /** How long a client gets to close its end after us. */
    private static final Duration LINGER = Duration.ofSeconds(2);

    private final List<ServerConnector> connectors;
    private final Map<EndPoint, Long> since = new HashMap<>();

    Lingering(List<ServerConnector> connectors) {
        this.connectors = connectors;
    }

    /** Closes those that have lingered for long enough. */
    void close() {
        long now = System.nanoTime();
        for (ServerConnector connector : connectors) {
            for (EndPoint endPoint : connector.getConnectedEndPoints()) {
                if (!isSaid(endPoint)) {
                    continue;
                }
                Long began = since.putIfAbsent(endPoint, now);
                if (began != null && now - began > LINGER.toNanos()) {
                    since.remove(endPoint);
                    endPoint.close();
                }
            }
        }
    }

    private static boolean isSaid(EndPoint endPoint) {
        return Goodbyes.isSaid(endPoint) || endPoint.isOutputShutdown() && !isInARequest(endPoint);
    }

    /** Whether a program reads on, though its response has been sent. */
    private static boolean isInARequest(EndPoint endPoint) {
        return Goodbyes.inner(endPoint).flatMap(MovableEndPoint::requestOn).isPresent();
    }
}
