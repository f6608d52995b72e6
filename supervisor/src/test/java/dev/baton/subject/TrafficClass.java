package dev.baton.subject;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** Sets a traffic class on each connection, and says which it has then: over a channel, and, one port further, a socket. */
public final class TrafficClass {
    private static final int LOW_DELAY = 16;

    private TrafficClass() {}

    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[1]);
        ServerSocketChannel channels = ServerSocketChannel.open().bind(new InetSocketAddress(arguments[0], port));
        ServerSocket sockets =
                new ServerSocket(Integer.parseInt(arguments[2]), 16, InetAddress.getByName(arguments[0]));
        new Thread(() -> serve(() -> overSocket(sockets))).start();
        serve(() -> overChannel(channels));
    }

    private interface Service {
        void serveOne() throws IOException;
    }

    private static void serve(Service service) {
        while (true) {
            try {
                service.serveOne();
            } catch (IOException e) {
                System.err.println("connection lost: " + e);
            }
        }
    }

    private static void overChannel(ServerSocketChannel server) throws IOException {
        try (SocketChannel connection = server.accept()) {
            connection.setOption(StandardSocketOptions.IP_TOS, LOW_DELAY);
            connection.write(text(connection.getOption(StandardSocketOptions.IP_TOS)));
        }
    }

    private static void overSocket(ServerSocket server) throws IOException {
        try (Socket connection = server.accept()) {
            connection.setTrafficClass(LOW_DELAY);
            connection
                    .getOutputStream()
                    .write(text(connection.getTrafficClass()).array());
        }
    }

    private static ByteBuffer text(int trafficClass) {
        return ByteBuffer.wrap(("traffic class " + trafficClass + "\n").getBytes(StandardCharsets.US_ASCII));
    }
}
