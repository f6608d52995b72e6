package dev.baton.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Asks over a unix socket, one connection to a question: a supervisor, or HAProxy. */
record Control(Path socket) {
    private static final String DATA = "data: ";
    private static final JsonMapper JSON = new JsonMapper();

    /** {@code GET path} of a supervisor. */
    JsonNode get(String path) throws IOException {
        return ask("GET", path, "");
    }

    /** {@code POST path} to a supervisor; waits as long as the path says. */
    JsonNode post(String path, String body) throws IOException {
        return ask("POST", path, body);
    }

    private JsonNode ask(String method, String path, String body) throws IOException {
        String answer =
                say("%s %s HTTP/1.0\r\nHost: baton\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                        .formatted(method, path, body.length(), body));
        int end = answer.indexOf("\r\n\r\n");
        if (end < 0) {
            throw new IOException(socket + ": no whole answer to " + method + " " + path + ": " + answer);
        }
        return JSON.readTree(answer.substring(end + 4));
    }

    /** The events that a supervisor has kept, from the first on, up to the one that is looked for. */
    List<JsonNode> eventsUntil(Predicate<JsonNode> last) throws IOException {
        List<JsonNode> events = new ArrayList<>();
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            send(channel, "GET /v1/events HTTP/1.0\r\nHost: baton\r\nLast-Event-ID: 0\r\n\r\n");
            BufferedReader lines = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(DATA)) {
                    events.add(JSON.readTree(line.substring(DATA.length())));
                    if (last.test(events.get(events.size() - 1))) {
                        return events;
                    }
                }
            }
        }
        throw new IOException(socket + ": the events end before the one that is looked for");
    }

    /** Sends a text, and gives all that comes back until the other side closes. */
    String say(String text) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            send(channel, text);
            return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void send(SocketChannel channel, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
