package dev.baton.kit.jetty;

import dev.baton.handover.Fd;
import dev.baton.kit.AdoptedChannel;
import dev.baton.kit.Adopter;
import dev.baton.kit.Handover;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.IO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Connections that a connector goes on with, though it has not accepted them. */
final class Adoptions implements Adopter {
    static final String PROTOCOL = "http/1.1";

    private static final Logger LOG = LoggerFactory.getLogger(Adoptions.class);

    private final ServerConnector connector;
    private final Map<SocketChannel, Arrival> arriving = new ConcurrentHashMap<>();

    Adoptions(ServerConnector connector) {
        this.connector = connector;
    }

    /**
     * A connection on its way into the connector.
     *
     * @param number the descriptor under its channel
     * @param state what was read of the request that comes next
     * @param declinedBy where it was offered in vain, and does not go again; {@code null} where it was not
     */
    record Arrival(SocketAddress local, SocketAddress remote, int number, byte[] state, Handover declinedBy) {}

    @Override
    public Adopted take(String protocol, Fd connection, byte[] state) throws IOException {
        if (!protocol.equals(PROTOCOL)) {
            throw new IOException("this listener speaks " + PROTOCOL + ", not " + protocol);
        }
        if (!connector.isStarted()) {
            throw new IOException("the connector has not started");
        }
        if (state.length > room()) {
            throw new IOException(state.length + " bytes of a head are more than the " + room() + " of a buffer here");
        }
        return adopt(connection, state, null);
    }

    /** A connection takes no more at its beginning, and says nothing of what is beyond. */
    private int room() {
        return connector.getConnectionFactory(HttpConnectionFactory.class).getInputBufferSize();
    }

    /** Takes back a connection that was not taken there. The descriptor stays the caller's. */
    void takeBack(Fd connection, byte[] state, Handover declinedBy) throws IOException {
        adopt(connection, state, declinedBy).serve();
    }

    private Adopted adopt(Fd connection, byte[] state, Handover declinedBy) throws IOException {
        AdoptedChannel adopted = AdoptedChannel.of(connection);
        SocketChannel channel = adopted.channel();
        return new Adopted() {
            @Override
            public void serve() {
                arriving.put(
                        channel, new Arrival(adopted.local(), adopted.remote(), adopted.number(), state, declinedBy));
                try {
                    channel.configureBlocking(false);
                    connector.getSelectorManager().accept(channel);
                } catch (IOException | RuntimeException e) {
                    LOG.warn("connection from {} was taken and is lost", adopted.remote(), e);
                    arriving.remove(channel);
                    IO.close(channel);
                }
            }

            @Override
            public void drop() {
                IO.close(channel);
            }
        };
    }

    /** Whether this is a connection that is on its way into the connector, which has not accepted it. */
    boolean isArriving(SelectableChannel channel) {
        return channel instanceof SocketChannel socket && arriving.containsKey(socket);
    }

    /** What is known of a channel that has just been registered, once; empty for one that the connector accepted. */
    Optional<Arrival> arrivalOf(SocketChannel channel) {
        return Optional.ofNullable(arriving.remove(channel));
    }
}
