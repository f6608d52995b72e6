package dev.baton.process;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Asks at a unix socket again and again, over a connection of its own each time: churn, which the load client has not. */
final class UnixClient implements AutoCloseable {
    private static final byte[] REQUEST =
            "GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final UnixDomainSocketAddress address;
    private final Set<String> answers = ConcurrentHashMap.newKeySet();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final Thread thread = new Thread(this::run, "unix-client");
    private volatile boolean over;

    private UnixClient(Path socket) {
        address = UnixDomainSocketAddress.of(socket);
    }

    static UnixClient start(Path socket) {
        UnixClient client = new UnixClient(socket);
        client.thread.start();
        return client;
    }

    private void run() {
        while (!over) {
            try (SocketChannel channel = SocketChannel.open(address)) {
                channel.write(ByteBuffer.wrap(REQUEST));
                String answer = new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.US_ASCII);
                if (answer.startsWith("HTTP/1.1 200 OK\r\n") && answer.endsWith("\n")) {
                    answers.add(answer.substring(answer.indexOf("\r\n\r\n")).strip());
                } else {
                    failures.add("answered with: " + answer);
                }
            } catch (IOException e) {
                failures.add(e.toString());
            }
        }
    }

    void awaitAnswer(String body) {
        await().atMost(RunningBaton.PATIENCE).until(() -> answers.contains(body));
    }

    /** Its failures. */
    List<String> stop() throws InterruptedException {
        over = true;
        thread.join();
        return failures;
    }

    @Override
    public void close() {
        over = true;
    }
}
