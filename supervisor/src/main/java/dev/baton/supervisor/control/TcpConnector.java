package dev.baton.supervisor.control;

import java.io.IOException;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts over TCP, from where the kernel tells nothing of a client: each of its requests has to pass the gate.
 *
 * <p>Threading: {@link #configure} runs on the one thread that accepts.
 */
final class TcpConnector extends ServerConnector {
    private static final Logger LOG = LoggerFactory.getLogger(TcpConnector.class);

    private final TokenGate gate;
    private final Clients clients;
    private final int mostFromOneAddress;
    private final RefusalLog refusals = new RefusalLog();

    TcpConnector(Server server, TokenGate gate, int mostClients, ConnectionFactory... factories) {
        super(server, 1, 1, factories);
        this.gate = gate;
        this.clients = new Clients(mostClients);
        this.mostFromOneAddress = mostClients / 2;
    }

    TokenGate gate() {
        return gate;
    }

    @Override
    protected void configure(Socket socket) {
        SocketChannel channel = socket.getChannel();
        try {
            if (clients.letIn(channel, socket.getInetAddress(), mostFromOneAddress)) {
                super.configure(socket);
            } else {
                refusals.refused(String.valueOf(socket.getInetAddress()), "too many clients");
            }
        } catch (IOException e) {
            LOG.debug("control=lost", e);
        }
        // As with the unix socket, a channel that is closed here is forgotten without a word.
    }
}
