package dev.baton.supervisor.control;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;

/**
 * At a TCP address, where the kernel tells nothing of a client: whoever comes may, and each request has to pass a {@link
 * TokenGate}.
 *
 * <p>Threading: its door's.
 */
final class TcpDoorman implements Doorman {
    private final Clients clients;
    private final int mostFromOneAddress;
    private final RefusalLog refusals = new RefusalLog();

    TcpDoorman(int mostClients) {
        this.clients = new Clients(mostClients);
        this.mostFromOneAddress = mostClients / 2;
    }

    @Override
    public boolean letsIn(SocketChannel client) throws IOException {
        InetAddress from = ((InetSocketAddress) client.getRemoteAddress()).getAddress();
        boolean room = clients.letIn(client, from, mostFromOneAddress);
        if (room) {
            client.setOption(StandardSocketOptions.TCP_NODELAY, true);
        } else {
            refusals.refused(from.toString(), "too many clients");
        }
        return room;
    }
}
