package dev.baton.bench;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Asks over a unix socket, one connection to a question: a supervisor, or HAProxy. */
record Control(Path socket) {
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

    /** Sends a text, and gives all that comes back until the other side closes. */
    String say(String text) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
