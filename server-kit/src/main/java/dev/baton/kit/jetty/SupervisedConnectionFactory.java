package dev.baton.kit.jetty;

import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;

/**
 * In front of a connector's own factories: puts each plaintext connection on an end point that can move, and gives one
 * that came from the previous worker its true addresses and the bytes that were read there.
 */
final class SupervisedConnectionFactory extends FirstConnectionFactory {
    private final String listener;
    private final JettyConnections connections;
    private final Adoptions adoptions;

    SupervisedConnectionFactory(String listener, JettyConnections connections, Adoptions adoptions) {
        super("baton");
        this.listener = listener;
        this.connections = connections;
        this.adoptions = adoptions;
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
        Optional<Adoptions.Arrival> moved = endPoint.getTransport() instanceof SocketChannel channel
                ? adoptions.arrivalOf(channel)
                : Optional.empty();
        Adoptions.Arrival arrival = moved.orElseGet(() -> MovableEndPoint.accepted(endPoint));
        JettyConnections whose = connections.whose(arrival.remote(), moved.isPresent());
        MovableEndPoint movable = new MovableEndPoint(endPoint, arrival, listener, whose, adoptions);
        Connection connection = nextConnection(connector, movable);
        replay(movable.state(), connection);
        whose.add(movable);
        return connection;
    }

    private static void replay(byte[] state, Connection connection) {
        ByteBuffer bytes = ByteBuffer.wrap(state);
        if (bytes.hasRemaining()) {
            ((Connection.UpgradeTo) connection).onUpgradeTo(bytes);
        }
        if (bytes.hasRemaining()) {
            throw new IllegalStateException(
                    bytes.remaining() + " of " + state.length + " bytes would be lost in " + connection);
        }
    }
}
