package dev.baton.supervisor;

import dev.baton.handover.DaemonThread;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what a worker prints and passes it on line by line, at the reader's pace: a worker that prints faster than the
 * supervisor's own output takes it waits in write(2), and no memory grows. A longer line is passed on in pieces, and
 * what stands there without a line feed at the end is a line too.
 *
 * <p>Threading: a daemon thread of its own, which ends with the stream. A process that the worker has left behind may
 * hold that open for ever, so nobody waits for it without a deadline.
 */
final class Relay implements Runnable {
    static final int LONGEST_LINE = 8 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(Relay.class);

    private final InputStream in;
    private final Consumer<String> out;
    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private final byte[] line = new byte[LONGEST_LINE];
    private int length;

    private Relay(InputStream in, Consumer<String> out) {
        this.in = in;
        this.out = out;
    }

    static Relay start(String name, InputStream in, Consumer<String> out) throws IOException {
        Relay relay = new Relay(in, out);
        DaemonThread.start(name, relay);
        return relay;
    }

    /** Completes when everything has been passed on. */
    CompletableFuture<Void> end() {
        return end;
    }

    @Override
    public void run() {
        byte[] chunk = new byte[LONGEST_LINE];
        try (in) {
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                take(chunk, n);
            }
        } catch (IOException e) {
            // The JDK closes the stream under us when the process has exited; what came before is passed on.
            LOG.debug("output ended: {}", e.toString());
        } finally {
            if (length > 0) {
                emit(length);
            }
            end.complete(null);
        }
    }

    private void take(byte[] chunk, int n) {
        for (int i = 0; i < n; i++) {
            if (chunk[i] == '\n') {
                emit(length > 0 && line[length - 1] == '\r' ? length - 1 : length);
                length = 0;
            } else {
                if (length == line.length) {
                    split();
                }
                line[length++] = chunk[i];
            }
        }
    }

    /** Passes a full line on, but for the beginning of a character whose end has not come yet. */
    private void split() {
        int start = length - 1;
        while (start > length - 4 && (line[start] & 0xC0) == 0x80) {
            start--;
        }
        int whole = (line[start] & 0xC0) == 0xC0 ? start : length;
        emit(whole);
        System.arraycopy(line, whole, line, 0, length - whole);
        length -= whole;
    }

    private void emit(int bytes) {
        out.accept(new String(line, 0, bytes, StandardCharsets.UTF_8));
    }
}
