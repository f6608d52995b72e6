package dev.baton.supervisor.control;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Who is connected: no more than there may be, and of one kind no more than leave room for others.
 *
 * <p>Threading: one thread, the one that accepts.
 */
final class Clients {
    private final int most;
    private final Map<SocketChannel, Object> connected = new ConcurrentHashMap<>();

    Clients(int most) {
        this.most = most;
    }

    /**
     * Lets one in, or closes it with a word.
     *
     * @param kind what others are counted with it
     */
    boolean letIn(SocketChannel channel, Object kind, int mostOfItsKind) throws IOException {
        connected.keySet().removeIf(client -> !client.isOpen());
        long ofItsKind = connected.values().stream().filter(kind::equals).count();
        if (connected.size() < most && ofItsKind < mostOfItsKind) {
            connected.put(channel, kind);
            return true;
        }
        // A socket that is just accepted has room for so little, so this write neither blocks nor falls short.
        channel.write(ByteBuffer.wrap(tooMany().getBytes(StandardCharsets.UTF_8)));
        channel.close();
        return false;
    }

    private String tooMany() {
        Answer answer = Answer.of(Problem.of(
                503,
                "Too many clients",
                connected.size() + " clients are connected already, as many as there may be; try again in a moment."));
        return "HTTP/1.1 503 Service Unavailable\r\nContent-Type: " + answer.type() + "\r\nConnection: close\r\n"
                + "Content-Length: " + answer.body().getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n"
                + answer.body();
    }
}
