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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Asks once over HTTP, on a connection of its own, TCP or unix. The JDK's HTTP client does not know unix sockets, and
 * takes longer to load than a whole question does here.
 *
 * <p>It speaks HTTP/1.0, so that an answer is plain bytes up to the end of the stream, or up to its Content-Length
 * where a server keeps the connection nevertheless. It follows no redirect.
 *
 * <p>Threading: any; nothing is kept between questions.
 *
 * @param to whom
 * @param atMost how long it may take, from connecting to the last byte
 * @param longest how many bytes of an answer are read, its head included
 */
public record HttpQuestion(SocketAddress to, Duration atMost, int longest) {
    private static final int CHUNK = 16 * 1024;
    private static final String HEAD_END = "\r\n\r\n";
    private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.\\d (\\d{3})(?: .*)?");
    private static final Pattern CONTENT_LENGTH = Pattern.compile("(?im)^Content-Length:[ \t]*(\\d{1,9})[ \t]*\r?$");

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
        String head = method + " " + path + " HTTP/1.0\r\nHost: " + host() + "\r\n"
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
            boolean headCame = false;
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
                if (!headCame && headEnd(answer.toByteArray()) >= 0) {
                    headCame = true;
                    wanted = Math.min(longest, end(answer.toByteArray()));
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

    private static int headEnd(byte[] answer) {
        return new String(answer, StandardCharsets.ISO_8859_1).indexOf(HEAD_END);
    }

    /** Where the answer ends, if its head tells. */
    private static long end(byte[] answer) {
        int headEnd = headEnd(answer);
        long announced = announced(answer, headEnd);
        return announced < 0 ? Long.MAX_VALUE : headEnd + HEAD_END.length() + announced;
    }

    /** The Content-Length, or -1 where there is none. */
    private static long announced(byte[] answer, int headEnd) {
        Matcher length = CONTENT_LENGTH.matcher(new String(answer, 0, headEnd, StandardCharsets.ISO_8859_1));
        return length.find() ? Long.parseLong(length.group(1)) : -1;
    }

    private Answer parse(byte[] answer) throws IOException {
        if (answer.length == 0) {
            throw new EOFException("the connection was closed without an answer");
        }
        int headEnd = headEnd(answer);
        Matcher status = STATUS_LINE.matcher(new String(answer, StandardCharsets.ISO_8859_1).split("\r\n", 2)[0]);
        if (headEnd < 0 || !status.matches()) {
            throw new ProtocolException("what answers does not speak HTTP");
        }
        int start = headEnd + HEAD_END.length();
        String body = new String(answer, start, answer.length - start, StandardCharsets.UTF_8);
        boolean whole = answer.length < longest && answer.length - start >= announced(answer, headEnd);
        return new Answer(Integer.parseInt(status.group(1)), body, whole);
    }
}
