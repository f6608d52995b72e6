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
        PROGRAM("", true),
        /** One on a command line. */
        TOOL("Accept: */*\r\n", true),
        /** One that people look at. */
        BROWSER("""
                Accept: text/html,application/xhtml+xml,*/*;q=0.8\r
                Accept-Language: en-US,en;q=0.5\r
                Accept-Encoding: gzip\r
                Cache-Control: no-cache\r
                Upgrade-Insecure-Requests: 1\r
                Connection: keep-alive\r
                """, false);

        private final String fields;
        /** Whether it announces its last request; RFC 9112 9.6 wants it, and not all do. */
        private final boolean saysClose;

        Client(String fields, boolean saysClose) {
            this.fields = fields;
            this.saysClose = saysClose;
        }
    }

    boolean wantsHeadAlone() {
        return method.equals("HEAD");
    }

    /** @param last whether its connection has no further one */
    ByteBuffer bytes(String host, boolean last) {
        String head = method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: baton/warm-up\r\n"
                + like.fields + (last && like.saysClose ? "Connection: close\r\n" : "") + "\r\n";
        return ByteBuffer.wrap(head.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public String toString() {
        return method + " " + path;
    }
}
