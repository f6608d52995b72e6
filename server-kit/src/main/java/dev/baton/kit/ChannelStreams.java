package dev.baton.kit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Streams over a channel in blocking mode that do not lock each other out, as those of {@code Channels} do on Java 17,
 * and that work for unix sockets, whose channels have no {@code socket()}.
 */
final class ChannelStreams implements Duplex {
    private static final long LONGEST_TURN_MILLIS = 50;

    private final SocketChannel channel;
    private final InputStream input = new Input();
    private final OutputStream output = new Output();
    private final ReentrantLock reading = new ReentrantLock();
    private volatile boolean ended;

    ChannelStreams(SocketChannel channel) {
        this.channel = channel;
    }

    @Override
    public InputStream input() {
        return input;
    }

    @Override
    public OutputStream output() {
        return output;
    }

    private final class Input extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            reading.lock();
            try {
                int n = channel.read(ByteBuffer.wrap(bytes, offset, length));
                ended |= n < 0;
                return n;
            } finally {
                reading.unlock();
            }
        }
    }

    private final class Output extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        }
    }

    /**
     * Half-closes and reads until the client has closed too, or for so long. A socket that is closed with unread data
     * makes the kernel send RST, which can destroy what was written just before.
     *
     * <p>A program's thread that is in the middle of reading goes on doing so: it reads to the end in our place, for
     * while it waits the channel's mode cannot be changed.
     */
    void finish(Duration atMost) throws IOException {
        if (!channel.isOpen() || !channel.isConnected()) {
            return;
        }
        long deadline = System.nanoTime() + atMost.toNanos();
        channel.shutdownOutput();
        if (!ended && awaitReader(atMost)) {
            try {
                readToTheEnd(deadline);
            } finally {
                reading.unlock();
            }
        }
    }

    private boolean awaitReader(Duration atMost) {
        try {
            return reading.tryLock(atMost.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void readToTheEnd(long deadline) throws IOException {
        if (ended) {
            return;
        }
        channel.configureBlocking(false);
        ByteBuffer nothing = ByteBuffer.allocate(8192);
        try (Selector selector = Selector.open()) {
            channel.register(selector, SelectionKey.OP_READ);
            long left;
            while ((left = deadline - System.nanoTime()) > 0
                    && !Thread.currentThread().isInterrupted()) {
                // In short turns: a channel that somebody closes meanwhile wakes no selector, and is kept by it.
                selector.select(Math.max(1, Math.min(LONGEST_TURN_MILLIS, left / 1_000_000)));
                if (channel.read(nothing.clear()) < 0) {
                    return;
                }
            }
        }
    }
}
