package dev.baton.supervisor.http;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The head of an answer, and where it says that the answer ends: RFC 9112, 6.3.
 *
 * @param text without the lines of interim answers before it
 * @param length bytes before the content, those of interim answers included
 */
record AnswerHead(String text, int length) {
    private static final String END = "\r\n\r\n";
    private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.\\d (\\d{3})(?: .*)?");
    private static final Pattern CONTENT_LENGTH = Pattern.compile("(?im)^Content-Length:[ \t]*(\\d{1,9})[ \t]*\r?$");
    private static final Pattern CHUNKED = Pattern.compile("(?im)^Transfer-Encoding:.*chunked[ \t]*\r?$");
    private static final Pattern CHUNK_SIZE = Pattern.compile("\\G(\\p{XDigit}{1,7})[^\r\n]*\r\n");
    /** With the end of the line before it, which is that of the head where there is no other chunk. */
    private static final byte[] LAST_CHUNK = "\r\n0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final int SWITCHES = 101;

    /** Empty where it has not come whole, or is none. */
    static Optional<AnswerHead> of(byte[] answer) {
        String text = new String(answer, StandardCharsets.ISO_8859_1);
        int start = 0;
        int end;
        while ((end = text.indexOf(END, start)) >= 0) {
            AnswerHead head = new AnswerHead(text.substring(start, end), end + END.length());
            if (!head.statusLine().matches()) {
                return Optional.empty();
            }
            if (head.status() >= 200 || head.status() == SWITCHES) {
                return Optional.of(head);
            }
            start = head.length;
        }
        return Optional.empty();
    }

    private Matcher statusLine() {
        return STATUS_LINE.matcher(text.split("\r\n", 2)[0]);
    }

    int status() {
        Matcher line = statusLine();
        return line.matches() ? Integer.parseInt(line.group(1)) : 0;
    }

    /** Whether its content says itself when it is over. */
    boolean isChunked() {
        return CHUNKED.matcher(text).find();
    }

    /** The Content-Length, or -1 where there is none, or none counts. */
    private long announced() {
        Matcher matcher = CONTENT_LENGTH.matcher(text);
        return !isChunked() && matcher.find() ? Long.parseLong(matcher.group(1)) : -1;
    }

    /** After how many bytes the answer is over; as many as there may be where only its content tells, or the stream. */
    long end() {
        return announced() < 0 ? Long.MAX_VALUE : length + announced();
    }

    /** Whether this is all of the answer; where neither its head nor its content tells, all that has come is. */
    boolean isWhole(byte[] answer) {
        return isChunked() ? endsInLastChunk(answer) : answer.length - length >= announced();
    }

    private boolean endsInLastChunk(byte[] answer) {
        int last = answer.length - LAST_CHUNK.length;
        return last >= length - END.length() / 2
                && Arrays.equals(answer, last, answer.length, LAST_CHUNK, 0, LAST_CHUNK.length);
    }

    /** As much as there is of it, without what chunks are wrapped in. */
    byte[] bodyOf(byte[] answer) {
        if (!isChunked()) {
            return Arrays.copyOfRange(answer, length, answer.length);
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        Matcher size = CHUNK_SIZE.matcher(new String(answer, StandardCharsets.ISO_8859_1));
        int at = length;
        while (at < answer.length && size.find(at)) {
            int begin = size.end();
            int end = Math.min(answer.length, begin + Integer.parseInt(size.group(1), 16));
            body.write(answer, begin, end - begin);
            at = end + END.length() / 2;
        }
        return body.toByteArray();
    }
}
