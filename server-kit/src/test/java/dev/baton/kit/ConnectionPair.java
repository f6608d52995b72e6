package dev.baton.kit;

import dev.baton.handover.Libc;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** A client, and the tracked connection that it has to us. */
record ConnectionPair(Socket client, SocketChannel channel, TrackedConnection connection) implements Closeable {
    private static final int PATIENCE_MILLIS = 20_000;

    /** A new connection, registered at a worker that does not drain. */
    static ConnectionPair open(Connections connections) throws IOException {
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress("127.0.0.1", 0));
            Socket client = new Socket();
            client.connect(listener.getLocalAddress(), PATIENCE_MILLIS);
            client.setSoTimeout(PATIENCE_MILLIS);
            SocketChannel channel = listener.accept();
            int fd = Descriptors.ofConnections().of(channel).orElseThrow();
            TrackedConnection connection = connections
                    .register("line", channel, channel.getRemoteAddress(), fd, new byte[0], false)
                    .orElseThrow();
            return new ConnectionPair(client, channel, connection);
        }
    }

    int fd() throws IOException {
        return Descriptors.ofConnections().of(channel).orElseThrow();
    }

    /** The kernel's number of our end. */
    long cookie() throws IOException {
        return Libc.socketCookie(fd());
    }

    /** From now on the client is gone without a goodbye: what it is sent is answered with RST. */
    void reset() throws IOException {
        client.setSoLinger(true, 0);
        client.close();
    }

    @Override
    public void close() throws IOException {
        client.close();
        connection.close();
    }
}
