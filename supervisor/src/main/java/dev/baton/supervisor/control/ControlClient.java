package dev.baton.supervisor.control;

import dev.baton.supervisor.http.HttpQuestion;
import dev.baton.supervisor.json.Json;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Predicate;

/**
 * Asks a supervisor through its control socket; one connection to a question.
 *
 * <p>Threading: any; nothing is kept between questions.
 *
 * @param socket the supervisor's control socket
 * @param looking how long a question may take that only looks, from connecting to the last byte
 * @param acting the same of an order, whose answer waits until it is known whether it is obeyed
 */
public record ControlClient(Path socket, Duration looking, Duration acting) {
    private static final Duration LOOKING = Duration.ofSeconds(10);
    /** Longer than a directory service may take to tell users, a new program to try itself, and a decision together. */
    private static final Duration ACTING = Duration.ofMinutes(2);

    private static final int LONGEST_ANSWER = 16 * 1024 * 1024;

    /** A client that waits for each answer as long as a supervisor in good health could ever need. */
    public static ControlClient of(Path socket) {
        return new ControlClient(socket, LOOKING, ACTING);
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
        return ask("GET", path, "", looking);
    }

    /** {@code POST path} with an object of these members, which are strings, lists and maps of them. */
    public Reply post(String path, Map<String, ?> members) throws NoSupervisorException {
        return ask("POST", path, Json.write(members), acting);
    }

    /**
     * {@code GET /v1/events}, whose answer has no end of its own: gives each line to whoever takes it, until the
     * supervisor ends the stream.
     *
     * @param seen the last event that the caller knows; where there is none, it begins with the next one
     * @param line takes a line, and tells whether there may be more
     */
    public void follow(OptionalLong seen, Predicate<String> line) throws NoSupervisorException {
        String behind = seen.isPresent() ? "Last-Event-ID: " + seen.getAsLong() + "\r\n" : "";
        String head = "GET /v1/events HTTP/1.0\r\nHost: baton\r\n" + behind + "\r\n";
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
                BufferedReader reader = new BufferedReader(
                        new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8))) {
            channel.write(ByteBuffer.wrap(head.getBytes(StandardCharsets.US_ASCII)));
            String status = reader.readLine();
            if (status == null || !status.startsWith("HTTP/1.1 200 ")) {
                throw new NoSupervisorException(socket + ": it does not let follow: " + status, null);
            }
            String next = reader.readLine();
            while (next != null && line.test(next)) {
                next = reader.readLine();
            }
        } catch (IOException e) {
            throw new NoSupervisorException(socket + ": " + e.getMessage(), e);
        }
    }

    private Reply ask(String method, String path, String body, Duration atMost) throws NoSupervisorException {
        HttpQuestion.Answer answer;
        try {
            answer = new HttpQuestion(UnixDomainSocketAddress.of(socket), atMost, LONGEST_ANSWER)
                    .ask(method, path, body);
        } catch (SocketTimeoutException e) {
            throw NoSupervisorException.unwell(
                    socket + ": no answer within " + atMost.toSeconds() + " s; the supervisor hangs", e);
        } catch (EOFException e) {
            throw new NoSupervisorException(
                    socket + ": the supervisor closed the connection without an answer; does it allow this user?", e);
        } catch (IOException e) {
            throw new NoSupervisorException(socket + ": " + e.getMessage(), e);
        }
        if (!answer.whole()) {
            throw NoSupervisorException.unwell(socket + ": the supervisor went away in the middle of its answer", null);
        }
        return new Reply(answer.status(), answer.body());
    }
}
