package dev.baton.supervisor;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The last lines of a worker, as many as a person reads and no more than so many bytes. They are plain text: in JSON a
 * control character would be six.
 *
 * <p>Threading: any.
 */
final class Tail {
    static final int LINES = 50;

    static final int BYTES = 2 * Relay.LONGEST_LINE;

    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}&&[^\t]]");

    private final Deque<String> lines = new ArrayDeque<>();
    private int bytes;

    synchronized void add(String line) {
        lines.addLast(line);
        bytes += bytes(line);
        while (lines.size() > LINES || bytes > BYTES) {
            bytes -= bytes(lines.removeFirst());
        }
    }

    private static int bytes(String line) {
        return line.getBytes(StandardCharsets.UTF_8).length;
    }

    synchronized List<String> lines() {
        return lines.stream().map(Tail::plain).toList();
    }

    /** Text of a worker without control characters, each of which has become a question mark. */
    static String plain(String text) {
        return CONTROL.matcher(text).replaceAll("?");
    }
}
