package dev.baton.process;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/** A connection of a client that sees every byte, and keeps it for as long as the server does. */
final class KeptConnection implements Closeable {
    private static final int PATIENCE_MILLIS = 60_000;

    private final Socket socket;
    private final InputStream in;
    private long pauseNanos;

    /** Over a connected socket, which is its own from now on. */
    KeptConnection(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream(), 512);
    }

    static KeptConnection to(InetSocketAddress address) throws IOException {
        Socket socket = new Socket();
        socket.connect(address, PATIENCE_MILLIS);
        return new KeptConnection(socket);
    }

    /** One whose kernel takes in little that is not read. */
    static KeptConnection withSmallWindowTo(InetSocketAddress address) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.connect(address, PATIENCE_MILLIS);
        return new KeptConnection(socket);
    }

    /** An answer, its header names in lower case. */
    record Answer(int status, Map<String, String> headers, byte[] body) {
        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        boolean isLast() {
            return "close".equals(headers.get("connection"));
        }

        /** Which generation answered, as the demo's Server header has it. */
        int generation() {
            return Integer.parseInt(headers.get("server").replaceFirst(".* gen=(\\d+) .*", "$1"));
        }
    }

    int port() {
        return socket.getLocalPort();
    }

    KeptConnection send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    /** Asks for a page, with more headers where wanted, each ended by CRLF. */
    KeptConnection get(String path, String headers) throws IOException {
        return send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
    }

    Answer ask(String path) throws IOException {
        return get(path, "").answer();
    }

    Answer answer() throws IOException {
        int status = Integer.parseInt(line().split(" ")[1]);
        Map<String, String> headers = new TreeMap<>();
        for (String header = line(); !header.isEmpty(); header = line()) {
            int colon = header.indexOf(':');
            headers.put(
                    header.substring(0, colon).toLowerCase(Locale.ROOT),
                    header.substring(colon + 1).strip());
        }
        return new Answer(status, headers, body(headers));
    }

    /** The same, with a pause before every few bytes. */
    Answer answerSlowly(Duration pause) throws IOException {
        pauseNanos = pause.toNanos();
        return answer();
    }

    private byte[] body(Map<String, String> headers) throws IOException {
        if ("chunked".equals(headers.get("transfer-encoding"))) {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            for (int length = chunk(); length > 0; length = chunk()) {
                body.writeBytes(exactly(length));
                line();
            }
            line();
            return body.toByteArray();
        }
        return exactly(Integer.parseInt(headers.getOrDefault("content-length", "0")));
    }

    private int chunk() throws IOException {
        return Integer.parseInt(line(), 16);
    }

    private byte[] exactly(int length) throws IOException {
        byte[] bytes = new byte[length];
        int some;
        for (int at = 0; at < length; at += some) {
            some = in.read(bytes, at, Math.min(length - at, pauseNanos == 0 ? length : 2048));
            if (some < 0) {
                throw new EOFException("closed after " + at + " of " + length + " bytes");
            }
            LockSupport.parkNanos(pauseNanos);
        }
        return bytes;
    }

    /** One line without its end. */
    String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("closed after \"" + line + "\"");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    /** Reads one byte; -1 at the end of the stream. */
    int read() throws IOException {
        return in.read();
    }

    /** Waits for the end of the stream; false where bytes came instead. */
    boolean isAtEnd() throws IOException {
        return in.read() < 0;
    }

    void halfClose() throws IOException {
        socket.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
