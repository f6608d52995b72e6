package dev.baton.load;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;

/**
 * One connection's bytes. Tells the three ways of losing it apart: before the first byte of an answer, inside an answer, and by time.
 *
 * <p>Threading: confined to its client, except {@link #giveUp}. Ownership: the client closes it.
 */
final class Wire {
    private static final int LONGEST_LINE = 64 * 1024;
    private static final int LONGEST_CONNECT = 10_000;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private byte[] buffer = new byte[8 * 1024];
    private int position;
    private int limit;
    private int lineStart;
    private boolean answerBegun;
    private volatile boolean givenUp;

    private Wire(Socket socket, int timeoutMillis) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(timeoutMillis);
        in = socket.getInputStream();
        out = socket.getOutputStream();
    }

    static Wire connect(InetSocketAddress target, Duration timeout) throws Breakage {
        int millis = (int) Math.min(Integer.MAX_VALUE, timeout.toMillis());
        Socket socket = new Socket();
        try {
            socket.connect(target, Math.min(millis, LONGEST_CONNECT));
            return new Wire(socket, millis);
        } catch (IOException e) {
            closeQuietly(socket);
            throw Breakage.ofConnect(e);
        }
    }

    /** Says that what comes next answers a new request. What has come already was never asked for. */
    void beginAnswer() throws Breakage {
        answerBegun = false;
        expectNothing();
        position = 0;
        limit = 0;
    }

    /** Checks that nothing has come, in the buffer or behind it, but what was asked for. */
    void expectNothing() throws Breakage {
        int more = limit - position;
        try {
            more += in.available();
        } catch (IOException e) {
            throw lost(e.getMessage());
        }
        if (more > 0) {
            throw Breakage.fatal(Broken.WRONG, more + " bytes came that nobody asked for");
        }
    }

    void send(byte[] bytes, int offset, int length) throws Breakage {
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            throw lost(e.getMessage());
        }
    }

    /**
     * Reads to the next line feed. The line stands in {@link #buffer()} from {@link #lineStart()} until the next call.
     *
     * @return its length without the line feed and a carriage return before it
     */
    int line() throws Breakage {
        int scanned = position;
        while (true) {
            for (; scanned < limit; scanned++) {
                if (buffer[scanned] == '\n') {
                    lineStart = position;
                    position = scanned + 1;
                    boolean crlf = scanned > lineStart && buffer[scanned - 1] == '\r';
                    return scanned - lineStart - (crlf ? 1 : 0);
                }
            }
            if (limit - position > LONGEST_LINE) {
                throw Breakage.fatal(Broken.WRONG, "a line without end");
            }
            scanned -= position;
            if (!fill()) {
                throw lost("end of stream");
            }
        }
    }

    byte[] buffer() {
        return buffer;
    }

    int lineStart() {
        return lineStart;
    }

    /** @return how many bytes were put at the offset, at least one; -1 at the end of the stream */
    int read(byte[] into, int offset, int length) throws Breakage {
        if (position == limit && !fill()) {
            return -1;
        }
        int some = Math.min(length, limit - position);
        System.arraycopy(buffer, position, into, offset, some);
        position += some;
        return some;
    }

    /** Passes over bytes. @return how many, at least one; -1 at the end of the stream */
    int skip(long most) throws Breakage {
        if (position == limit && !fill()) {
            return -1;
        }
        int some = (int) Math.min(most, limit - position);
        position += some;
        return some;
    }

    /** @return whether more came; false at the end of the stream */
    private boolean fill() throws Breakage {
        makeRoom();
        int some;
        try {
            some = in.read(buffer, limit, buffer.length - limit);
        } catch (SocketTimeoutException e) {
            throw Breakage.fatal(Broken.TIMEOUT, answerBegun ? "no end of the answer" : "no answer");
        } catch (IOException e) {
            throw lost(e.getMessage());
        }
        if (some < 0) {
            return false;
        }
        answerBegun = true;
        limit += some;
        return true;
    }

    private void makeRoom() {
        if (position > 0) {
            System.arraycopy(buffer, position, buffer, 0, limit - position);
            limit -= position;
            position = 0;
        }
        if (limit == buffer.length) {
            buffer = Arrays.copyOf(buffer, 2 * buffer.length);
        }
    }

    /** What it means to lose the connection now. */
    Breakage lost(String how) {
        if (givenUp) {
            return Breakage.fatal(Broken.TIMEOUT, answerBegun ? "no end of the answer" : "no answer");
        }
        return answerBegun
                ? Breakage.fatal(Broken.CUT, how + " inside the answer")
                : Breakage.fatal(Broken.CLOSED, how + " before the answer");
    }

    /** Ends a wait that no socket time-out covers: a write to a server that does not read, an answer that trickles for ever. */
    void giveUp() {
        givenUp = true;
        closeQuietly(socket);
    }

    void close() {
        closeQuietly(socket);
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // Nothing was promised about a connection that is not used any more.
        }
    }
}
