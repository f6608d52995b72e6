package dev.baton.process;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** What may come over a control socket from somebody who does not speak HTTP, or speaks it to do harm. */
final class MalformedRequests {
    private static final String HOST = " HTTP/1.1\r\nHost: baton\r\n";
    private static final String UPGRADE = "POST /v1/upgrade" + HOST;

    private final Random random;

    MalformedRequests(long seed) {
        random = new Random(seed);
    }

    /** One that must not be granted. */
    byte[] next() {
        return switch (random.nextInt(10)) {
            case 0 -> noise(random.nextInt(2_000));
            case 1 ->
                ascii(oneOf(
                        "\r\n\r\n",
                        "GET\r\n\r\n",
                        "GET /v1/status\r\n\r\n",
                        "GET /v1/status HTTP/9.9\r\n\r\n",
                        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                        "\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n",
                        "GET http://[::1/v1/status" + HOST + "\r\n"));
            case 2 ->
                // Something before the odd, without which it may be the dashboard that is asked for.
                ascii("GET /no" + odd(random.nextInt(9_000)) + HOST + "\r\n");
            case 3 -> ascii(odd(1 + random.nextInt(20)) + " /v1/status" + HOST + "\r\n");
            case 4 ->
                ascii("GET /v1/none" + HOST + odd(1 + random.nextInt(40)) + ": " + odd(random.nextInt(9_000))
                        + "\r\n\r\n");
            case 5 ->
                ascii(UPGRADE
                        + oneOf(
                                "Content-Length: -1",
                                "Content-Length: 99999999999999999999",
                                "Content-Length: 1\r\nContent-Length: 2",
                                "Content-Length: 2\r\nTransfer-Encoding: chunked",
                                "Transfer-Encoding: chunked, chunked",
                                "Content-Length: 300000")
                        + "\r\n\r\n{\"no\": 1}");
            case 6 ->
                // Something before the odd, which by itself may be the one chunk "0" of a request that is right.
                ascii(UPGRADE + "Transfer-Encoding: chunked\r\n\r\n" + oneOf("!", "7;", "ffffffffff\r\n")
                        + odd(random.nextInt(60)) + "\r\n");
            case 7 -> posted(json().getBytes(StandardCharsets.UTF_8));
            case 8 -> posted(ascii("!" + odd(random.nextInt(500))));
            default ->
                ascii("POST /v1/upgrade?" + oneOf("wait=-1s", "wait=" + odd(40), "a=b", "wait=1000h", "%zz") + HOST
                        + "Content-Length: 9\r\n\r\n{\"no\": 1}");
        };
    }

    private static byte[] posted(byte[] body) {
        byte[] head = ascii(UPGRADE + "Content-Length: " + body.length + "\r\n\r\n");
        byte[] all = Arrays.copyOf(head, head.length + body.length);
        System.arraycopy(body, 0, all, head.length, body.length);
        return all;
    }

    private String json() {
        return oneOf(
                "{\"command\": []}",
                "{\"command\": [\"\"]}",
                "{\"command\": [\"a\\u0000\"]}",
                "{\"command\": [\"\\ud800\"]}",
                "{\"command\": \"" + "x".repeat(random.nextInt(60_000)) + "\"}",
                "{\"command\": [1, {}]}",
                "{\"environment\": {\"A=B\": \"\"}}",
                "{\"environment\": {\"A\": {\"B\": 1}}}",
                "{\"directory\": \"../..\"}",
                "{\"directory\": null, \"directory\": null}",
                "[".repeat(random.nextInt(60_000)) + "1",
                "{\"a\":".repeat(random.nextInt(10_000)) + "1",
                "{\"no\": " + "9".repeat(random.nextInt(60_000)) + "}",
                "{\"no\": 1e999999999}",
                "{\"" + "\\u00e9".repeat(random.nextInt(9_000)) + "\": 1}",
                "{\"command\": [\"x\"",
                "1",
                "\"\\ud800\"",
                "{} {}");
    }

    private byte[] noise(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Characters that a header or a path should not have, and some that it may. */
    private String odd(int length) {
        return random.ints(length, 1, 256)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private String oneOf(String... choices) {
        return List.of(choices).get(random.nextInt(choices.length));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
