package dev.baton.demo;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * A file of 1 MiB that is the same in every version, so a download can go on where it broke off.
 *
 * <p>One range is served; several at once are not (RFC 9110, 14.2 lets a server ignore them): a header of some kilobytes could
 * otherwise ask for gigabytes (CVE-2011-3192). Every answer is a view of the same memory.
 */
final class StaticFile {
    static final int SIZE = 1024 * 1024;

    private static final String TAG = "\"one-mebibyte\"";
    private static final Pattern ONE_RANGE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

    /** Made at the first request; most demos are never asked. */
    private static final class Content {
        private static final ByteBuffer BYTES = bytes();

        private static ByteBuffer bytes() {
            ByteBuffer buffer = ByteBuffer.allocateDirect(SIZE);
            for (int number = 0; buffer.hasRemaining(); number++) {
                buffer.put(line(number));
            }
            return buffer.flip().asReadOnlyBuffer();
        }
    }

    /** The file's lines have 64 bytes, and each its number in front. */
    static byte[] line(int number) {
        String digits = String.valueOf(100_000 + number).substring(1);
        return (digits + " abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 012\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    void serve(Request request, Response response, Callback callback) {
        response.getHeaders().put(HttpHeader.ACCEPT_RANGES, "bytes");
        response.getHeaders().put(HttpHeader.ETAG, TAG);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/octet-stream");
        String condition = request.getHeaders().get(HttpHeader.IF_RANGE);
        String range = condition == null || condition.equals(TAG)
                ? request.getHeaders().get(HttpHeader.RANGE)
                : null;
        Matcher matcher = ONE_RANGE.matcher(range == null ? "" : range);
        if (matcher.matches()
                && !(matcher.group(1).isEmpty() && matcher.group(2).isEmpty())) {
            serveRange(matcher, response, callback);
        } else {
            send(response, callback, 0, SIZE);
        }
    }

    private void serveRange(Matcher range, Response response, Callback callback) {
        boolean suffix = range.group(1).isEmpty();
        long first = suffix ? Math.max(0, SIZE - Long.parseLong(range.group(2))) : Long.parseLong(range.group(1));
        long end = suffix || range.group(2).isEmpty() ? SIZE : Math.min(SIZE, Long.parseLong(range.group(2)) + 1);
        boolean senseless = !suffix && !range.group(2).isEmpty() && Long.parseLong(range.group(2)) < first;
        if (senseless) {
            send(response, callback, 0, SIZE);
        } else if (first >= SIZE) {
            response.setStatus(HttpStatus.RANGE_NOT_SATISFIABLE_416);
            response.getHeaders().put(HttpHeader.CONTENT_RANGE, "bytes */" + SIZE);
            response.write(true, null, callback);
        } else {
            response.setStatus(HttpStatus.PARTIAL_CONTENT_206);
            response.getHeaders().put(HttpHeader.CONTENT_RANGE, "bytes " + first + "-" + (end - 1) + "/" + SIZE);
            send(response, callback, (int) first, (int) (end - first));
        }
    }

    private void send(Response response, Callback callback, int from, int length) {
        response.write(true, Content.BYTES.slice(from, length), callback);
    }
}
