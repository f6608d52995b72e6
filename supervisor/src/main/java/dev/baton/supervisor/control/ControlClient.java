package dev.baton.supervisor.control;

import dev.baton.supervisor.json.Json;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Asks a supervisor through its control socket. The JDK's HTTP client does not know unix sockets, and takes longer to
 * load than a whole question does here.
 *
 * <p>It speaks HTTP/1.0, so that an answer is plain bytes up to the end of the stream; one connection to a question.
 *
 * <p>Threading: any; nothing is kept between questions.
 *
 * @param socket the supervisor's control socket
 * @param atMost how long a question may take, from connecting to the last byte
 */
public record ControlClient(Path socket, Duration atMost) {
    private static final Duration USUAL = Duration.ofSeconds(10);
    private static final String CONTENT_LENGTH = "Content-Length:";
    private static final int LONGEST_ANSWER = 16 * 1024 * 1024;

    /** A client that waits for each answer as long as a supervisor in good health could ever need. */
    public static ControlClient of(Path socket) {
        return new ControlClient(socket, USUAL);
    }

    /** What came back: its status, and its body, which is JSON unless a caller knows better. */
    public record Reply(int status, String body) {
        /**
         * The body as an object.
         *
         * @throws NoSupervisorException where it is none: then it is no supervisor that answers there
         */
        public JsonObject json() throws NoSupervisorException {
            try {
                return JsonObject.parse(body);
            } catch (IllegalArgumentException e) {
                throw new NoSupervisorException("what answers is not a supervisor: " + e.getMessage(), e);
            }
        }
    }

    /** {@code GET path}. */
    public Reply get(String path) throws NoSupervisorException {
        return ask("GET", path, "");
    }

    /** {@code POST path} with an object of these members, which are strings, lists and maps of them. */
    public Reply post(String path, Map<String, ?> members) throws NoSupervisorException {
        return ask("POST", path, Json.write(members));
    }

    /**
     * {@code GET path}, whose answer has no end of its own: gives each line to whoever takes it, until the supervisor
     * ends the stream.
     */
    public void follow(String path, Consumer<String> line) throws NoSupervisorException {
        String head = "GET " + path + " HTTP/1.0\r\nHost: baton\r\n\r\n";
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
                BufferedReader reader = new BufferedReader(
                        new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8))) {
            channel.write(ByteBuffer.wrap(head.getBytes(StandardCharsets.US_ASCII)));
            String status = reader.readLine();
            if (status == null || !status.startsWith("HTTP/1.1 200 ")) {
                throw new NoSupervisorException(socket + ": it does not let follow: " + status, null);
            }
            for (String next = reader.readLine(); next != null; next = reader.readLine()) {
                line.accept(next);
            }
        } catch (IOException e) {
            throw new NoSupervisorException(socket + ": " + e.getMessage(), e);
        }
    }

    private Reply ask(String method, String path, String body) throws NoSupervisorException {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        String head = method + " " + path + " HTTP/1.0\r\nHost: baton\r\nContent-Type: application/json\r\n"
                + "Content-Length: " + content.length + "\r\n\r\n";
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
        request.writeBytes(content);
        String answer;
        try {
            answer = exchange(ByteBuffer.wrap(request.toByteArray()));
        } catch (IOException e) {
            throw new NoSupervisorException(socket + ": " + e.getMessage(), e);
        }
        return parse(answer);
    }

    private String exchange(ByteBuffer request) throws IOException {
        long deadline = System.nanoTime() + atMost.toNanos();
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        ByteBuffer chunk = ByteBuffer.allocate(16 * 1024);
        // A unix socket connects at once or not at all, unless the backlog is full: then EAGAIN, which the JDK throws.
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
                Selector selector = Selector.open()) {
            channel.configureBlocking(false);
            SelectionKey key = channel.register(selector, SelectionKey.OP_READ | SelectionKey.OP_WRITE);
            while (true) {
                awaitReady(selector, deadline);
                if (request.hasRemaining()) {
                    send(channel, request);
                }
                key.interestOps(SelectionKey.OP_READ | (request.hasRemaining() ? SelectionKey.OP_WRITE : 0));
                int n = channel.read(chunk.clear());
                if (n < 0) {
                    return answer.toString(StandardCharsets.UTF_8);
                }
                answer.write(chunk.array(), 0, n);
                if (answer.size() > LONGEST_ANSWER) {
                    throw new IOException("the answer is endless");
                }
            }
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
                throw new IOException("no answer within " + atMost.toSeconds() + " s; the supervisor hangs");
            }
        }
    }

    private Reply parse(String answer) throws NoSupervisorException {
        if (answer.isEmpty()) {
            throw new NoSupervisorException(
                    socket + ": the supervisor closed the connection without an answer; does it allow this user?",
                    null);
        }
        int end = answer.indexOf("\r\n\r\n");
        String[] first = answer.split("\r\n", 2)[0].split(" ", 3);
        if (end < 0 || first.length < 2 || !first[0].startsWith("HTTP/1.") || !first[1].matches("\\d{3}")) {
            throw new NoSupervisorException(socket + ": what answers does not speak HTTP", null);
        }
        String body = answer.substring(end + 4);
        if (body.getBytes(StandardCharsets.UTF_8).length < announced(answer.substring(0, end))) {
            throw new NoSupervisorException(socket + ": the supervisor went away in the middle of its answer", null);
        }
        return new Reply(Integer.parseInt(first[1]), body);
    }

    /** The Content-Length, or 0 where there is none. */
    private static long announced(String head) {
        return head.lines()
                .filter(line -> line.regionMatches(true, 0, CONTENT_LENGTH, 0, CONTENT_LENGTH.length()))
                .map(line -> line.substring(CONTENT_LENGTH.length()).strip())
                .filter(length -> length.matches("\\d{1,9}"))
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElse(0);
    }
}
