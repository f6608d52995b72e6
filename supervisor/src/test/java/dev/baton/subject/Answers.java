package dev.baton.subject;

import java.nio.charset.StandardCharsets;

/** What all of them say. */
final class Answers {
    /** As the load client counts it. */
    static final String SERVER = "subject gen=" + System.getenv().getOrDefault("BATON_GENERATION", "0");

    /** One of unknown length, in two pieces. */
    static final byte[] PIECE = "piece\n".getBytes(StandardCharsets.US_ASCII);

    /** The first line after the switch to another protocol. */
    static final byte[] SWITCHED = "switched\n".getBytes(StandardCharsets.US_ASCII);

    private Answers() {}

    static byte[] body(String method, byte[] request) {
        return method.equals("POST") ? request : (SERVER + "\n").getBytes(StandardCharsets.US_ASCII);
    }
}
