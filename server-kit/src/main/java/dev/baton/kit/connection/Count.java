package dev.baton.kit.connection;

import dev.baton.kit.Duplex;
import dev.baton.kit.Interposition;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts connections and bytes: those that this worker has seen, so a connection that moved here begins with its next
 * byte.
 *
 * <p>Threading: any.
 */
public final class Count implements Interposition {
    private final LongAdder opened = new LongAdder();
    private final LongAdder continued = new LongAdder();
    private final LongAdder received = new LongAdder();
    private final LongAdder sent = new LongAdder();

    /** Connections that were accepted here. */
    public long opened() {
        return opened.sum();
    }

    /** Connections that came from the previous worker. */
    public long continued() {
        return continued.sum();
    }

    /** Bytes from the clients. */
    public long received() {
        return received.sum();
    }

    /** Bytes to the clients. */
    public long sent() {
        return sent.sum();
    }

    @Override
    public Duplex over(Duplex below, boolean isContinued) {
        (isContinued ? continued : opened).increment();
        return new Layer(below, new Input(below.input()), new Output(below.output()));
    }

    private final class Input extends FilterInputStream {
        Input(InputStream below) {
            super(below);
        }

        @Override
        public int read() throws IOException {
            int one = super.read();
            received.add(one < 0 ? 0 : 1);
            return one;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int some = super.read(bytes, offset, length);
            received.add(Math.max(0, some));
            return some;
        }
    }

    private final class Output extends FilterOutputStream {
        Output(OutputStream below) {
            super(below);
        }

        @Override
        public void write(int one) throws IOException {
            out.write(one);
            sent.increment();
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
            sent.add(length);
        }
    }
}
