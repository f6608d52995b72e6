package dev.baton.subject;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** As much of HTTP/1.1 as a program writes that was not meant to be a web server. */
final class Http {
    private Http() {}

    /** Serves one connection to its end. */
    static void serve(InputStream in, OutputStream out) throws IOException {
        boolean keep = true;
        while (keep) {
            String head = head(in);
            if (head.isEmpty()) {
                return;
            }
            String lower = head.toLowerCase(Locale.ROOT);
            int at = lower.indexOf("content-length:");
            int length = at < 0
                    ? 0
                    : Integer.parseInt(lower.substring(at + "content-length:".length(), lower.indexOf('\r', at))
                            .trim());
            byte[] body = Answers.body(head.substring(0, head.indexOf(' ')), in.readNBytes(length));
            keep = !lower.contains("connection: close");
            out.write(answer(body, keep));
            out.flush();
        }
    }

    private static byte[] answer(byte[] body, boolean keep) throws IOException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        answer.write(("HTTP/1.1 200 OK\r\nServer: " + Answers.SERVER + "\r\nContent-Length: " + body.length
                        + (keep ? "" : "\r\nConnection: close") + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        answer.write(body);
        return answer.toByteArray();
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                return "";
            }
            head.append((char) next);
        }
        return head.toString();
    }
}
