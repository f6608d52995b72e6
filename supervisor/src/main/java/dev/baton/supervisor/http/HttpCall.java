package dev.baton.supervisor.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What is asked over and over, without a body.
 *
 * @param method one that changes nothing
 * @param path with its query, if any
 * @param like whose head it has
 */
public record HttpCall(String method, String path, Client like) {
    /** Clients write different heads, and a server that knows one of them alone is slow to read the others. */
    public enum Client {
        /** A library in another program. */
        PROGRAM(""),
        /** One on a command line. */
        TOOL("Accept: */*\r\n"),
        /** One that people look at. */
        BROWSER("""
                Accept: text/html,application/xhtml+xml,*/*;q=0.8\r
                Accept-Language: en-US,en;q=0.5\r
                Accept-Encoding: gzip\r
                Cache-Control: no-cache\r
                Connection: keep-alive\r
                """);

        private final String fields;

        Client(String fields) {
            this.fields = fields;
        }
    }

    boolean wantsHeadAlone() {
        return method.equals("HEAD");
    }

    ByteBuffer bytes(String host) {
        String head = method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: baton/warm-up\r\n"
                + like.fields + "\r\n";
        return ByteBuffer.wrap(head.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public String toString() {
        return method + " " + path;
    }
}
