package dev.baton.load;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/**
 * A request as bytes, made once and sent many times. A number makes each one different, in the head, which the demo's answers repeat,
 * and at the beginning of the body.
 */
final class Request {
    private static final int DIGITS = 16;

    private final Exchange exchange;
    private final byte[] bytes;
    private final int head;
    private final int number;

    Request(Exchange exchange, LoadPlan plan, boolean close, int client) {
        this.exchange = exchange;
        int bodySize = exchange.hasBody() ? plan.bodySize() : 0;
        byte[] headBytes = head(exchange, plan.target(), close, bodySize).getBytes(StandardCharsets.ISO_8859_1);
        head = headBytes.length;
        number = head - DIGITS - "\r\n\r\n".length();
        bytes = Arrays.copyOf(headBytes, head + bodySize);
        Random random = new Random(client);
        for (int i = head; i < bytes.length; i++) {
            bytes[i] = (byte) ('!' + random.nextInt(90));
        }
    }

    private static String head(Exchange exchange, InetSocketAddress target, boolean close, int bodySize) {
        String host = target.getHostString();
        return (exchange.hasBody() ? "POST " : "GET ")
                + exchange.path()
                + " HTTP/1.1\r\nHost: "
                + (host.contains(":") ? "[" + host + "]" : host).toLowerCase(Locale.ROOT)
                + ":"
                + target.getPort()
                + (close ? "\r\nConnection: close" : "")
                + (exchange.hasBody()
                        ? "\r\nContent-Type: application/octet-stream\r\nContent-Length: " + bodySize
                        : "")
                + "\r\nX-Request: "
                + "0".repeat(DIGITS)
                + "\r\n\r\n";
    }

    Exchange exchange() {
        return exchange;
    }

    /** Gives it another number, so that an answer to the request before cannot pass for the answer to this one. */
    void renew(long next) {
        long rest = next;
        for (int i = number + DIGITS - 1; i >= number; i--) {
            bytes[i] = (byte) Character.forDigit((int) (rest & 15), 16);
            rest >>>= 4;
        }
        if (bytes.length > head) {
            System.arraycopy(bytes, number, bytes, head, DIGITS);
        }
    }

    void send(Wire wire) throws Breakage {
        wire.send(bytes, 0, bytes.length);
    }

    /** Sends the head at once and the body in pieces with a pause after each. */
    void send(Wire wire, int pieces, Answer.Pauses pauses) throws Breakage {
        wire.send(bytes, 0, head);
        int body = bytes.length - head;
        for (int i = 0; i < pieces; i++) {
            pauses.afterPiece();
            int from = (int) ((long) body * i / pieces);
            int to = (int) ((long) body * (i + 1) / pieces);
            wire.send(bytes, head + from, to - from);
        }
    }

    /** Whether the answer says that it is for this request, or does not say for which. */
    boolean mayBeAnsweredBy(Answer answer) {
        Answer.Field request = answer.request();
        return request.length() == 0
                || Arrays.equals(bytes, number, number + DIGITS, request.bytes(), 0, request.length());
    }

    boolean isEchoedBy(Answer answer) {
        return answer.length() == bytes.length - head
                && Arrays.equals(bytes, head, bytes.length, answer.body(), 0, answer.kept());
    }
}
