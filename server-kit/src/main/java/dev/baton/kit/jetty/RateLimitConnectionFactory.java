package dev.baton.kit.jetty;

import dev.baton.kit.connection.RateLimit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.ServerConnector;

/**
 * Puts a connector's connections on a shared link. It stands in front of the connector's other factories, so what
 * passes the link is what passes the wire, TLS included.
 *
 * <pre>{@code
 * RateLimitConnectionFactory.install(connector, RateLimit.parse("1MiB/s")); // before the server starts
 * }</pre>
 */
public final class RateLimitConnectionFactory extends FirstConnectionFactory {
    private final RateLimit limit;

    private RateLimitConnectionFactory(RateLimit limit) {
        super("rate-limit");
        this.limit = limit;
    }

    /** Limits a connector that has not started; connectors may share a limit, also with listeners of the kit's own. */
    public static void install(ServerConnector connector, RateLimit limit) {
        new RateLimitConnectionFactory(limit).putBefore(connector);
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
        EndPoint limited = new RateLimitedEndPoint(endPoint, limit, connector.getScheduler(), connector.getExecutor());
        return nextConnection(connector, limited);
    }
}
