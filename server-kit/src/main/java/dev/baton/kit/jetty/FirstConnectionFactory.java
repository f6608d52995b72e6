package dev.baton.kit.jetty;

import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.AbstractConnectionFactory;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.ServerConnector;

/**
 * Stands in front of what a connector begins with, which is not always the first of its factories: see {@link
 * ServerConnector#setDefaultProtocol}.
 */
abstract class FirstConnectionFactory extends AbstractConnectionFactory {
    private String next;

    FirstConnectionFactory(String protocol) {
        super(protocol);
    }

    /** For a connector that has not started. */
    final void putBefore(ServerConnector connector) {
        next = connector.getDefaultProtocol();
        connector.addFirstConnectionFactory(this);
    }

    final ConnectionFactory next(Connector connector) {
        return connector.getConnectionFactory(next);
    }

    final Connection nextConnection(Connector connector, EndPoint endPoint) {
        return next(connector).newConnection(connector, endPoint);
    }
}
