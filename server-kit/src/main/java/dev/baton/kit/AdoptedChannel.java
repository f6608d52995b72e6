package dev.baton.kit;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * A client's connection, received as a descriptor, under a JDK channel: a loopback connection is made and accepted, and
 * the client's socket plugged in under the accepted channel by dup3(2). No reflection, no {@code --add-opens}.
 *
 * <p>The JDK remembers addresses from the time of accept, so the channel names the loopback's; the true ones are here.
 *
 * @param channel in blocking mode, as far as the JDK knows. The description is shared with the giver, who goes on with
 *     it should the move fail, so its O_NONBLOCK is left alone: a JDK channel can do with either
 * @param number the descriptor under it
 */
public record AdoptedChannel(SocketChannel channel, int number, SocketAddress local, SocketAddress remote) {
    /**
     * Adopts a connected TCP socket, which stays the caller's.
     *
     * @throws IOException if it is no connected TCP socket, or descriptors run out; nothing is left open then
     */
    public static AdoptedChannel of(Fd connection) throws IOException {
        int given = connection.number();
        SocketAddress remote = Libc.remoteAddress(given)
                .filter(InetSocketAddress.class::isInstance)
                .orElseThrow(() -> new IOException("not a connected TCP socket: " + connection));
        SocketAddress local = Libc.localAddress(given).orElseThrow();
        return plug(connection, local, remote);
    }

    private static AdoptedChannel plug(Fd connection, SocketAddress local, SocketAddress remote) throws IOException {
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
            try (SocketChannel client = SocketChannel.open(listener.getLocalAddress())) {
                // Closed with RST, or every adopted connection would leave a port in TIME_WAIT behind.
                client.setOption(StandardSocketOptions.SO_LINGER, 0);
                int likely = Libc.likelyNextDescriptor(connection);
                SocketChannel accepted = accept(listener, client.getLocalAddress());
                try {
                    int number = Descriptors.isUnder(likely, accepted) ? likely : search(accepted);
                    Libc.replace(number, connection);
                    return new AdoptedChannel(accepted, number, local, remote);
                } catch (IOException | RuntimeException e) {
                    accepted.close();
                    throw e;
                }
            }
        }
    }

    private static SocketChannel accept(ServerSocketChannel listener, SocketAddress from) throws IOException {
        while (true) {
            SocketChannel accepted = listener.accept();
            if (accepted.getRemoteAddress().equals(from)) {
                return accepted;
            }
            accepted.close(); // somebody else knocked at our door
        }
    }

    /** Another thread has opened something in the same instant: the long way. */
    private static int search(SocketChannel channel) throws IOException {
        return Descriptors.ofConnections().of(channel).orElseThrow(() -> new IOException("cannot find " + channel));
    }
}
