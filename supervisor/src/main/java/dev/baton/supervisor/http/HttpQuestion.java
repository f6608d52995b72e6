package dev.baton.supervisor.http;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/**
 * Asks once over HTTP, on a connection of its own, TCP or unix. The JDK's HTTP client does not know unix sockets, and
 * takes longer to load than a whole question does here.
 *
 * <p>It speaks HTTP/1.1, for there are servers that know no HTTP/1.0, and closes. An answer ends where its head says, or with
 * the stream. It follows no redirect.
 *
 * <p>Threading: any; nothing is kept between questions.
 *
 * @param to whom
 * @param atMost how long it may take, from connecting to the last byte
 * @param longest how many bytes of an answer are read, its head included
 */
public record HttpQuestion(SocketAddress to, Duration atMost, int longest) {
    private static final int CHUNK = 16 * 1024;
    /**
     * What came back.
     *
     * @param whole whether that is all of it, as far as its head tells: it was neither cut off nor too long
     */
    public record Answer(int status, String body, boolean whole) {}

    /**
     * Asks, with a body of JSON, which may be empty.
     *
     * @throws SocketTimeoutException if no whole answer came in time
     * @throws EOFException if none came at all
     * @throws ProtocolException if what came is not HTTP
     */
    public Answer ask(String method, String path, String body) throws IOException {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        String head = method + " " + path + " HTTP/1.1\r\nHost: " + host() + "\r\nConnection: close\r\n"
                + (content.length == 0 ? "" : "Content-Type: application/json\r\n")
                + (method.equals("GET") ? "" : "Content-Length: " + content.length + "\r\n") + "\r\n";
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
        request.writeBytes(content);
        return parse(exchange(ByteBuffer.wrap(request.toByteArray())));
    }

    private String host() {
        return to instanceof InetSocketAddress inet ? "localhost:" + inet.getPort() : "baton";
    }

    private byte[] exchange(ByteBuffer request) throws IOException {
        long deadline = System.nanoTime() + atMost.toNanos();
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
        try (SocketChannel channel = to instanceof InetSocketAddress
                        ? SocketChannel.open()
                        : SocketChannel.open(StandardProtocolFamily.UNIX);
                Selector selector = Selector.open()) {
            channel.configureBlocking(false);
            // A unix socket connects at once or not at all, unless the backlog is full: then EAGAIN, which the JDK
            // throws.
            boolean connected = channel.connect(to);
            SelectionKey key = channel.register(selector, connected ? SelectionKey.OP_WRITE : SelectionKey.OP_CONNECT);
            while (!connected) {
                awaitReady(selector, deadline);
                connected = channel.finishConnect();
            }
            long wanted = longest;
            Optional<AnswerHead> head = Optional.empty();
            while (answer.size() < wanted) {
                key.interestOps(SelectionKey.OP_READ | (request.hasRemaining() ? SelectionKey.OP_WRITE : 0));
                awaitReady(selector, deadline);
                if (request.hasRemaining()) {
                    send(channel, request);
                }
                int n = channel.read(chunk.clear());
                if (n < 0) {
                    break;
                }
                answer.write(chunk.array(), 0, n);
                if (head.isEmpty()) {
                    head = AnswerHead.of(answer.toByteArray());
                    wanted = Math.min(longest, head.map(AnswerHead::end).orElse(wanted));
                }
                if (head.isPresent() && head.get().isChunked() && head.get().isWhole(answer.toByteArray())) {
                    break;
                }
            }
            return answer.toByteArray();
        }
    }

    /** A server may answer, and close, before it has read everything; its answer is worth more than our complaint. */
    private static void send(SocketChannel channel, ByteBuffer request) {
        try {
            channel.write(request);
        } catch (IOException e) {
            request.position(request.limit());
        }
    }

    private void awaitReady(Selector selector, long deadline) throws IOException {
        long millis = (deadline - System.nanoTime()) / 1_000_000;
        if (millis <= 0 || selector.select(key -> {}, millis) == 0) {
            if (System.nanoTime() >= deadline || millis <= 0) {
                throw new SocketTimeoutException("no answer within " + atMost.toMillis() + " ms");
            }
        }
    }

    private Answer parse(byte[] answer) throws IOException {
        if (answer.length == 0) {
            throw new EOFException("the connection was closed without an answer");
        }
        AnswerHead head =
                AnswerHead.of(answer).orElseThrow(() -> new ProtocolException("what answers does not speak HTTP"));
        byte[] body = head.bodyOf(answer);
        boolean whole = answer.length < longest && head.isWhole(answer);
        return new Answer(head.status(), new String(body, StandardCharsets.UTF_8), whole);
    }
}
