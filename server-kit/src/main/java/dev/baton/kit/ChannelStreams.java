package dev.baton.kit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * Streams over a channel in blocking mode that do not lock each other out, as those of {@code Channels} do on Java 17,
 * and that work for unix sockets, whose channels have no {@code socket()}.
 */
final class ChannelStreams implements Duplex {
    private final SocketChannel channel;
    private final InputStream input = new Input();
    private final OutputStream output = new Output();

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
            return length == 0 ? 0 : channel.read(ByteBuffer.wrap(bytes, offset, length));
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
     */
    void finish(Duration atMost) throws IOException {
        if (!channel.isOpen() || !channel.isConnected()) {
            return;
        }
        long deadline = System.nanoTime() + atMost.toNanos();
        channel.shutdownOutput();
        channel.configureBlocking(false);
        ByteBuffer nothing = ByteBuffer.allocate(8192);
        try (java.nio.channels.Selector selector = java.nio.channels.Selector.open()) {
            channel.register(selector, java.nio.channels.SelectionKey.OP_READ);
            long left;
            while ((left = deadline - System.nanoTime()) > 0) {
                selector.select(Math.max(1, left / 1_000_000));
                if (channel.read(nothing.clear()) < 0) {
                    return;
                }
            }
        }
    }
}
