package dev.baton.supervisor.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What is asked over and over, without a body.
 *
 * @param method one that changes nothing
 * @param path with its query, if any
 */
public record HttpCall(String method, String path) {
    boolean wantsHeadAlone() {
        return method.equals("HEAD");
    }

    ByteBuffer bytes(String host) {
        String head = method + " " + path + " HTTP/1.1\r\nHost: " + host
                + "\r\nUser-Agent: baton/warm-up\r\nAccept: */*\r\n\r\n";
        return ByteBuffer.wrap(head.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public String toString() {
        return method + " " + path;
    }
}
