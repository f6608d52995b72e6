package dev.baton.supervisor.cli;

import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/** Answers on a control socket whatever the test says: what a supervisor in another state, or none at all, would. */
final class CannedEndpoint implements Closeable {
    private final ServerSocketChannel server;
    private final Path socket;
    private final UnaryOperator<String> answer;

    /**
     * Begins to answer.
     *
     * @param answer from the request's first line to the whole answer, HTTP and all; an empty one closes
     */
    CannedEndpoint(Path socket, UnaryOperator<String> answer) throws IOException {
        this.socket = socket;
        this.answer = answer;
        this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        Thread thread = new Thread(this::serve, "canned");
        thread.setDaemon(true);
        thread.start();
    }

    /** A whole answer with a body of JSON. */
    static String json(int status, String body) {
        return "HTTP/1.1 " + status + " As It Is\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" + body;
    }

    private void serve() {
        while (server.isOpen()) {
            try (SocketChannel client = server.accept()) {
                byte[] request = new byte[8192];
                int n = Channels.newInputStream(client).read(request);
                String first = new String(request, 0, Math.max(0, n), StandardCharsets.UTF_8).split("\r\n", 2)[0];
                client.write(ByteBuffer.wrap(answer.apply(first).getBytes(StandardCharsets.UTF_8)));
            } catch (IOException e) {
                // The client broke off, or the test is over.
                continue;
            }
        }
    }

    /** Dies as a killed process does: nobody listens, and the socket's file stays. */
    void abandon() throws IOException {
        server.close();
    }

    @Override
    public void close() throws IOException {
        server.close();
        Files.deleteIfExists(socket);
    }
}
