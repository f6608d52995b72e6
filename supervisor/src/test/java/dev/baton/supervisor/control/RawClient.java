package dev.baton.supervisor.control;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A client that need not speak HTTP. */
final class RawClient implements Closeable {
    private final SocketChannel channel;
    private final ByteArrayOutputStream read = new ByteArrayOutputStream();

    RawClient(Path socket) throws IOException {
        this(UnixDomainSocketAddress.of(socket));
    }

    RawClient(SocketAddress address) throws IOException {
        channel = SocketChannel.open(address);
    }

    /** Sends what the other side takes; it may close in the middle of it. */
    RawClient send(String text) {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    RawClient send(byte[] bytes) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        } catch (IOException e) {
            // The tests look at what comes back, and that it ends.
            return this;
        }
        return this;
    }

    /** Fails where the other side has closed. */
    void mustTake(String text) throws IOException {
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)));
    }

    RawClient sendNoMore() throws IOException {
        channel.shutdownOutput();
        return this;
    }

    /** Reads on, as long as all that has been read makes it want more. */
    void readWhile(Predicate<String> wantsMore) throws Exception {
        CompletableFuture.runAsync(() -> {
                    ByteBuffer chunk = ByteBuffer.allocate(64 * 1024);
                    try {
                        while (wantsMore.test(read.toString(StandardCharsets.ISO_8859_1))) {
                            if (channel.read(chunk.clear()) < 0) {
                                throw new AssertionError("closed behind " + read);
                            }
                            read.write(chunk.array(), 0, chunk.position());
                        }
                    } catch (IOException e) {
                        throw new AssertionError("broke behind " + read, e);
                    }
                })
                .get(20, TimeUnit.SECONDS);
    }

    /** Everything up to the end of the stream, which must come soon. */
    String answer() throws Exception {
        return CompletableFuture.supplyAsync(this::readAll).get(20, TimeUnit.SECONDS);
    }

    private String readAll() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] chunk = new byte[4096];
        try {
            var in = Channels.newInputStream(channel);
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                all.write(chunk, 0, n);
            }
        } catch (IOException e) {
            // A reset is an end, too.
            return all.toString(StandardCharsets.ISO_8859_1);
        }
        return all.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
