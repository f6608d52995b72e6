package dev.baton.handover;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Messages with descriptors over a unix stream socket: unix(7), SCM_RIGHTS.
 *
 * <p>A frame is a length (u32, big-endian, at most {@value #LONGEST_FRAME}) and the text of a {@link Message}; its
 * descriptors travel with its first byte. The length is checked before anything is allocated, and a frame that has
 * begun must end within its deadline, so that a peer which stops in the middle cannot hold a thread.
 *
 * <p>Threading: any; frames of several senders do not mix, and receivers take turns. {@link #close} wakes both.
 *
 * <p>Ownership: descriptors to send stay the sender's; received ones are the receiver's, who closes them.
 */
public final class HandoverChannel implements Closeable {
    /** The longest text of a message, in bytes. */
    public static final int LONGEST_FRAME = 64 * 1024;

    /** The most descriptors of one message: SCM_MAX_FD. */
    public static final int MOST_FDS = MessageHeader.MOST_FDS;

    /** How long the rest of a frame may take once it has begun. */
    private static final Duration FRAME_DEADLINE = Duration.ofSeconds(5);

    private final Fd socket;
    private final ReentrantLock sending = new ReentrantLock();
    private final ReentrantLock receiving = new ReentrantLock();
    private final ByteBuffer out = buffer();
    private final ByteBuffer in = buffer();
    private final MessageHeader outHeader = new MessageHeader(out, MOST_FDS);
    private final MessageHeader inHeader;
    private final Duration frameDeadline;
    private final AtomicBoolean closed = new AtomicBoolean();
    /** Guarded by {@link #sending}. */
    private boolean cutShort;

    /** Over a connected unix stream socket, O_NONBLOCK, which is the channel's from now on. */
    public HandoverChannel(Fd socket) {
        this(socket, FRAME_DEADLINE, MOST_FDS);
    }

    /** With less patience, and with room for fewer descriptors. */
    HandoverChannel(Fd socket, Duration frameDeadline, int room) {
        this.socket = socket;
        this.frameDeadline = frameDeadline;
        this.inHeader = new MessageHeader(in, room);
    }

    /** Connects to the handover socket of a supervisor. */
    public static HandoverChannel connect(Path path) throws IOException {
        return new HandoverChannel(Libc.connect(path));
    }

    /** A message and the descriptors that came with it, which are the receiver's to close. */
    public record Envelope(Message message, List<Fd> fds) {
        public Envelope {
            fds = List.copyOf(fds);
        }

        /** Closes them all: for a receiver that did not ask for any. */
        public void closeFds() {
            fds.forEach(Fd::close);
        }
    }

    /** Who is at the other end: SO_PEERCRED. */
    public Credentials peer() throws IOException {
        return Libc.peer(socket);
    }

    /** {@link #send(Message, List, Duration)} without descriptors. */
    public void send(Message message, Duration atMost) throws IOException {
        send(message, List.of(), atMost);
    }

    /**
     * Sends a message, and descriptors with it.
     *
     * @throws IOException if the message is too large, which harms nothing; or if the peer is gone, or did not read for
     *     so long: then nothing can be sent any more, and the peer comes to the end in the middle of a frame. What it
     *     has sent and sends can still be received
     */
    public void send(Message message, List<Fd> fds, Duration atMost) throws IOException {
        byte[] text = message.encode().getBytes(StandardCharsets.UTF_8);
        if (text.length > LONGEST_FRAME || fds.size() > MOST_FDS) {
            throw new IOException("too large for a frame: " + text.length + " bytes, " + fds.size() + " descriptors");
        }
        long deadline = System.nanoTime() + atMost.toNanos();
        sending.lock();
        try {
            requireOpen();
            if (cutShort) {
                throw new IOException("nothing can follow a frame that was cut short");
            }
            out.clear().putInt(text.length).put(text).flip();
            drainOut(fds, deadline);
        } finally {
            sending.unlock();
        }
    }

    private void drainOut(List<Fd> fds, long deadline) throws IOException {
        List<Fd> withFirstByte = fds;
        try {
            while (out.hasRemaining()) {
                outHeader.prepareToSend(withFirstByte);
                int n = Libc.send(socket, outHeader);
                if (n > 0) {
                    out.position(out.position() + n);
                    withFirstByte = List.of();
                } else {
                    awaitReady(Libc.Readiness.WRITE, deadline, "the peer reads nothing");
                }
            }
        } finally {
            if (out.hasRemaining()) {
                // The peer would take the next frame for the rest of this one.
                cutShort = true;
                Libc.shutdownOutput(socket);
            }
        }
    }

    /**
     * Waits until there is something to receive, be it the end.
     *
     * @param atMost how long; {@code null} waits for ever
     * @return false when the time was over first
     */
    public boolean await(Duration atMost) throws IOException {
        receiving.lock();
        try {
            requireOpen();
            return Libc.await(socket, Libc.Readiness.READ, atMost);
        } finally {
            receiving.unlock();
        }
    }

    /**
     * Waits for a frame to begin, however long, and receives it.
     *
     * @throws EOFException when the peer has closed its end between two frames
     * @throws IOException if the peer breaks the rules, or closes within a frame; the channel is of no use after that
     */
    public Envelope receive() throws IOException {
        return receive(null);
    }

    /**
     * {@link #receive()}, but the frame must begin within {@code atMost}; {@code null} waits for ever.
     *
     * @throws IOException also when the time is over
     */
    public Envelope receive(Duration atMost) throws IOException {
        receiving.lock();
        List<Fd> fds = new ArrayList<>();
        boolean whole = false;
        try {
            if (!await(atMost)) {
                throw new IOException("no message within " + atMost.toMillis() + " ms");
            }
            long deadline = System.nanoTime() + frameDeadline.toNanos();
            in.clear().limit(Integer.BYTES);
            fill(fds, deadline);
            int length = in.getInt(0);
            if (length < 0 || length > LONGEST_FRAME) {
                throw new IOException("a frame of " + Integer.toUnsignedString(length) + " bytes; at most "
                        + LONGEST_FRAME + " are allowed");
            }
            in.clear().limit(length);
            fill(fds, deadline);
            String text = StandardCharsets.UTF_8.decode(in.flip()).toString();
            Envelope envelope = new Envelope(Message.decode(text), fds);
            whole = true;
            return envelope;
        } finally {
            if (!whole) {
                fds.forEach(Fd::close);
            }
            receiving.unlock();
        }
    }

    /** Reads until the buffer's limit, collecting descriptors. */
    private void fill(List<Fd> fds, long deadline) throws IOException {
        boolean begun = in.limit() != Integer.BYTES;
        while (in.hasRemaining()) {
            inHeader.prepareToReceive();
            int n = Libc.receive(socket, inHeader);
            if (n > 0) {
                fds.addAll(inHeader.receivedFds());
                if (fds.size() > MOST_FDS) {
                    throw new IOException("more than " + MOST_FDS + " descriptors in one frame");
                }
                in.position(in.position() + n);
                begun = true;
            } else if (n == 0) {
                if (closed.get() || !begun) {
                    throw new EOFException("the peer has closed the channel");
                }
                throw new IOException("the peer closed the channel in the middle of a frame");
            } else {
                awaitReady(Libc.Readiness.READ, deadline, "the peer stopped in the middle of a frame");
            }
        }
    }

    private void awaitReady(Libc.Readiness readiness, long deadline, String otherwise) throws IOException {
        Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
        if (!Libc.await(socket, readiness, left)) {
            throw new IOException(otherwise);
        }
    }

    private void requireOpen() throws IOException {
        if (closed.get()) {
            throw new EOFException("the channel is closed");
        }
    }

    /** Sends no more, so that the peer comes to the end; what it has sent and sends can still be received. */
    public void shutdownOutput() {
        sending.lock();
        try {
            if (!closed.get()) {
                Libc.shutdownOutput(socket);
            }
        } finally {
            sending.unlock();
        }
    }

    /** Closes; a thread that waits in {@link #receive} or {@link #send} gets an {@link IOException}. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        // First wake whoever waits in poll(2), then close once nobody uses the number any more: were it closed under
        // a waiting thread, the number could by then belong to another socket.
        Libc.shutdown(socket);
        sending.lock();
        receiving.lock();
        try {
            socket.close();
        } finally {
            receiving.unlock();
            sending.unlock();
        }
    }

    private static ByteBuffer buffer() {
        return Libc.struct(Integer.BYTES + LONGEST_FRAME).order(ByteOrder.BIG_ENDIAN);
    }
}
