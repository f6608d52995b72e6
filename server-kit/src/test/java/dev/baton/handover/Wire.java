package dev.baton.handover;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** A channel, and the bare socket at its other end, on which a test may say what no channel would. */
final class Wire implements Closeable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final HandoverChannel channel;
    private final Fd peer;

    private Wire(HandoverChannel channel, Fd peer) {
        this.channel = channel;
        this.peer = peer;
    }

    static Wire open() throws IOException {
        Fd[] pair = Libc.socketPair();
        return new Wire(new HandoverChannel(pair[0]), pair[1]);
    }

    static Wire open(Duration frameDeadline, int room) throws IOException {
        Fd[] pair = Libc.socketPair();
        return new Wire(new HandoverChannel(pair[0], frameDeadline, room), pair[1]);
    }

    HandoverChannel channel() {
        return channel;
    }

    /** The bare end; close it to hang up. */
    Fd peer() {
        return peer;
    }

    /** A frame as it should be: length and text. */
    static byte[] frame(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(4 + bytes.length)
                .putInt(bytes.length)
                .put(bytes)
                .array();
    }

    void write(byte[] bytes, Fd... fds) throws IOException {
        write(peer, bytes, fds);
    }

    /** Writes all of it, the descriptors with the first byte. */
    static void write(Fd socket, byte[] bytes, Fd... fds) throws IOException {
        ByteBuffer data = Libc.struct(bytes.length).put(bytes).flip();
        MessageHeader header = new MessageHeader(data, MessageHeader.MOST_FDS);
        List<Fd> withFirstByte = List.of(fds);
        while (data.hasRemaining()) {
            header.prepareToSend(withFirstByte);
            int n = Libc.send(socket, header);
            if (n > 0) {
                data.position(data.position() + n);
                withFirstByte = List.of();
            } else if (!Libc.await(socket, Libc.Readiness.WRITE, PATIENCE)) {
                throw new IOException("nobody reads");
            }
        }
    }

    @Override
    public void close() {
        channel.close();
        peer.close();
    }
}
