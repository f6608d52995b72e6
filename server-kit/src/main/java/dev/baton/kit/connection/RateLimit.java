package dev.baton.kit.connection;

import dev.baton.kit.Duplex;
import dev.baton.kit.Interposition;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A simulated link of fixed capacity, the same in both directions, that any number of connections share: what one does
 * not use the others have. A slow reader does not hold up the others.
 *
 * <p>A connection with a limit moves to the next worker as any other: at a quiet point nothing is on the link.
 *
 * <p>Threading: any. The thread that reads or writes waits for its turn.
 */
public final class RateLimit implements Interposition {
    private static final Pattern RATE = Pattern.compile("(\\d{1,12}) ?(|[kKMG])(i?)B/s");

    private final long bytesPerSecond;
    private final SharedLink received;
    private final SharedLink sent;

    private RateLimit(long bytesPerSecond, Time time) {
        if (bytesPerSecond < 1) {
            throw new IllegalArgumentException("a link carries at least 1 B/s, not " + bytesPerSecond);
        }
        this.bytesPerSecond = bytesPerSecond;
        this.received = new SharedLink(bytesPerSecond, time);
        this.sent = new SharedLink(bytesPerSecond, time);
    }

    /** A link that carries so many bytes a second each way. */
    public static RateLimit of(long bytesPerSecond) {
        return of(bytesPerSecond, Time.REAL);
    }

    /** The same, by another clock. */
    public static RateLimit of(long bytesPerSecond, Time time) {
        return new RateLimit(bytesPerSecond, time);
    }

    /** A link as people write it: {@code 1MiB/s}, {@code 500kB/s}, {@code 64B/s}. */
    public static RateLimit parse(String text) {
        Matcher matcher = RATE.matcher(text);
        boolean binary = matcher.matches() && !matcher.group(3).isEmpty();
        if (!matcher.matches() || binary && matcher.group(2).isEmpty()) {
            throw new IllegalArgumentException("'" + text + "' is no rate: write 1MiB/s, 500kB/s or 64B/s");
        }
        int power = " kmg"
                .indexOf(matcher.group(2).isEmpty() ? " " : matcher.group(2).toLowerCase(Locale.ROOT));
        long unit = 1;
        for (int i = 0; i < power; i++) {
            unit *= binary ? 1024 : 1000;
        }
        try {
            return of(Math.multiplyExact(Long.parseLong(matcher.group(1)), unit));
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("'" + text + "' is more than any link carries", e);
        }
    }

    /** The link's capacity in each direction. */
    public long bytesPerSecond() {
        return bytesPerSecond;
    }

    /** What the clients send goes over this: for a server whose connections have no streams. */
    public SharedLink received() {
        return received;
    }

    /** What the clients are sent goes over this. */
    public SharedLink sent() {
        return sent;
    }

    @Override
    public Duplex over(Duplex below, boolean continued) {
        return new Layer(below, new Input(below.input()), new Output(below.output()));
    }

    @Override
    public String toString() {
        return bytesPerSecond + " B/s";
    }

    private static void carry(SharedLink link, int bytes) throws IOException {
        try {
            link.await(link.pass(bytes));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for the link");
        }
    }

    /** First reads and then waits: who waits for its client does not stand in the queue. */
    private final class Input extends FilterInputStream {
        Input(InputStream below) {
            super(below);
        }

        @Override
        public int read() throws IOException {
            int one = super.read();
            if (one >= 0) {
                carry(received, 1);
            }
            return one;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int some = super.read(bytes, offset, Math.min(length, received.piece()));
            if (some > 0) {
                carry(received, some);
            }
            return some;
        }
    }

    /** First waits and then writes: a client that does not read holds up its own connection, and no place in the queue. */
    private final class Output extends FilterOutputStream {
        Output(OutputStream below) {
            super(below);
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            for (int at = 0; at < length; at += sent.piece()) {
                int some = Math.min(sent.piece(), length - at);
                carry(sent, some);
                out.write(bytes, offset + at, some);
            }
        }
    }
}
