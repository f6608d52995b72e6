package dev.baton.kit.jetty;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.IO;
import org.eclipse.jetty.util.component.LifeCycle;

/**
 * Connections that a connector has accepted, or has been given, and that have no end point yet: Jetty makes it in two
 * tasks, of a selector and of its pool, and tells of the connection only then.
 *
 * <p>Order: a connection is among the connector's end points before it leaves here, so who looks for it looks here first.
 *
 * <p>Threading: any.
 */
final class Accepting implements SelectorManager.AcceptListener, Connection.Listener, LifeCycle.Listener {
    private final Set<SelectableChannel> channels = ConcurrentHashMap.newKeySet();
    private final ServerConnector connector;

    private Accepting(ServerConnector connector) {
        this.connector = connector;
    }

    /** Those of a connector that has not started. */
    static Accepting at(ServerConnector connector) {
        Accepting accepting = new Accepting(connector);
        connector.addBean(accepting); // which makes it a listener of the selectors and of each connection, too
        return accepting;
    }

    boolean isEmpty() {
        return channels.isEmpty();
    }

    /** Whose they are, but for those that have been closed meanwhile. */
    List<SocketAddress> clients() {
        return channels.stream().flatMap(channel -> clientOf(channel).stream()).toList();
    }

    /** Whose connection a channel is; empty where it has been closed, or is none. */
    static Optional<SocketAddress> clientOf(SelectableChannel channel) {
        try {
            return channel instanceof SocketChannel socket
                    ? Optional.ofNullable(socket.getRemoteAddress())
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** One line each. */
    List<String> named() {
        return channels.stream()
                .map(channel -> JettyConnections.name(connector) + " " + channel + " just accepted")
                .toList();
    }

    @Override
    public void onAccepting(SelectableChannel channel) {
        channels.add(channel);
    }

    @Override
    public void onAcceptFailed(SelectableChannel channel, Throwable cause) {
        channels.remove(channel);
    }

    /** Not when Jetty says that it has accepted, which is before it makes the end point. */
    @Override
    public void onOpened(Connection connection) {
        if (connection.getEndPoint().getTransport() instanceof SelectableChannel channel) {
            channels.remove(channel);
        }
    }

    /** Some factory's connection may tell nobody that it has been opened. */
    @Override
    public void onClosed(SelectableChannel channel) {
        channels.remove(channel);
    }

    /** A selector that has stopped forgets what it was to do. */
    @Override
    public void lifeCycleStopped(LifeCycle event) {
        close();
    }

    /** Closes all of them. */
    void close() {
        channels.removeIf(channel -> {
            IO.close(channel);
            return true;
        });
    }
}
