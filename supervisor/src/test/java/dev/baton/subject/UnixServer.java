package dev.baton.subject;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A thread per connection at a unix socket, whose file it deletes before and after. */
public final class UnixServer {
    private UnixServer() {}

    public static void main(String[] arguments) throws Exception {
        Path path = Path.of(arguments[0]);
        path.toFile().deleteOnExit();
        if (Files.exists(path)) {
            Files.delete(path);
        }
        ExecutorService threads = Executors.newCachedThreadPool();
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(path), 1024);
        System.out.println("listening at " + server.getLocalAddress());
        while (true) {
            SocketChannel channel = server.accept();
            threads.execute(() -> serve(channel));
        }
    }

    private static void serve(SocketChannel channel) {
        try (channel) {
            Http.serve(new BufferedInputStream(Channels.newInputStream(channel)), Channels.newOutputStream(channel));
        } catch (IOException e) {
            System.err.println("connection lost: " + e);
        }
    }
}
