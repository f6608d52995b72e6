package dev.baton.demo;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What is said on one connection of the line service.
 *
 * <p>Between two reads every whole line is answered. What is left, the count of lines and the beginning of the next one, is the state
 * that goes with the connection to another version, so it may go in the middle of a line.
 */
final class LineConversation {
    private static final int LONGEST_LINE = 32 * 1024;

    private final byte[] prefix;
    private final boolean counting;
    private final LineConnection connection;
    private final ByteArrayOutputStream answers = new ByteArrayOutputStream(512);
    private byte[] buffer = new byte[1024];
    private int length;
    private long count;

    LineConversation(Identity identity, boolean counting, LineConnection connection) {
        prefix = identity.linePrefix();
        this.counting = counting;
        this.connection = connection;
    }

    /** @return whether the connection ended here; false if it went on to the next version */
    boolean run() throws IOException {
        resume(connection.state());
        while (true) {
            if (!connection.quiet(state())) {
                return false;
            }
            if (length == buffer.length) {
                buffer = Arrays.copyOf(buffer, 2 * length);
            }
            int some = connection.input().read(buffer, length, buffer.length - length);
            if (some < 0) {
                return true;
            }
            int scanned = length;
            length += some;
            answerFrom(scanned);
            if (length > LONGEST_LINE) {
                connection.output().write("a line is too long\n".getBytes(StandardCharsets.US_ASCII));
                return true;
            }
        }
    }

    private byte[] state() {
        return ByteBuffer.allocate(Long.BYTES + length)
                .putLong(count)
                .put(buffer, 0, length)
                .array();
    }

    private void resume(byte[] state) {
        if (state.length >= Long.BYTES) {
            ByteBuffer saved = ByteBuffer.wrap(state);
            count = saved.getLong();
            length = saved.remaining();
            buffer = new byte[Math.max(buffer.length, length)];
            saved.get(buffer, 0, length);
        }
    }

    private void answerFrom(int scanned) throws IOException {
        int lineStart = 0;
        for (int i = scanned; i < length; i++) {
            if (buffer[i] == '\n') {
                answer(lineStart, i + 1);
                lineStart = i + 1;
            }
        }
        if (lineStart > 0) {
            answers.writeTo(connection.output());
            answers.reset();
            length -= lineStart;
            System.arraycopy(buffer, lineStart, buffer, 0, length);
        }
    }

    private void answer(int from, int to) {
        count++;
        answers.writeBytes(prefix);
        if (counting) {
            answers.writeBytes((" line=" + count).getBytes(StandardCharsets.US_ASCII));
        }
        answers.write(':');
        answers.write(' ');
        answers.write(buffer, from, to - from);
    }
}
