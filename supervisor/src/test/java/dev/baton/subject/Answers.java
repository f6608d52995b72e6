package dev.baton.subject;

import java.nio.charset.StandardCharsets;

/** What all of them say. */
final class Answers {
    /** As the load client counts it. */
    static final String SERVER = "subject gen=" + System.getenv().getOrDefault("BATON_GENERATION", "0");

    private Answers() {}

    static byte[] body(String method, byte[] request) {
        return method.equals("POST") ? request : (SERVER + "\n").getBytes(StandardCharsets.US_ASCII);
    }
}
