package dev.baton.process;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A client that sends what a test wants, byte by byte if need be, and reads HTTP/1.1 answers or lines. An answer that is
 * not whole is an exception.
 */
final class RawClient implements Closeable {
    private static final int PATIENCE = 120_000;

    private final Socket socket;
    private final InputStream in;

    /** An answer, whole. The header names are in lower case. */
    record Answer(int status, Map<String, String> headers, byte[] body) {
        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        /** Who answered. */
        String server() {
            return headers.getOrDefault("server", "");
        }
    }

    private RawClient(Socket socket) throws IOException {
        this.socket = socket;
        in = socket.getInputStream();
    }

    static RawClient connect(InetSocketAddress address) throws IOException {
        return connect(address, 0);
    }

    /** @param receiveBuffer bytes that the kernel may hold for it; 0 for as many as it likes */
    static RawClient connect(InetSocketAddress address, int receiveBuffer) throws IOException {
        Socket socket = new Socket();
        try {
            if (receiveBuffer > 0) {
                socket.setReceiveBufferSize(receiveBuffer);
            }
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(PATIENCE);
            socket.connect(address, PATIENCE);
            return new RawClient(socket);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** One request over a connection of its own. */
    static Answer get(InetSocketAddress address, String path) throws IOException {
        try (RawClient client = connect(address)) {
            client.send("GET " + path + " HTTP/1.1\r\nHost: it\r\nConnection: close\r\n\r\n");
            Answer answer = client.answer();
            if (client.in.read() >= 0) {
                throw new IOException("something follows the answer");
            }
            return answer;
        }
    }

    void send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Up to the line feed, which is left out. */
    String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = byteOrEnd(); b != '\n'; b = byteOrEnd()) {
            line.write(b);
        }
        return line.toString(StandardCharsets.UTF_8).replaceAll("\r$", "");
    }

    Answer answer() throws IOException {
        int status = Integer.parseInt(line().split(" ", 3)[1]);
        Map<String, String> headers = new TreeMap<>();
        for (String header = line(); !header.isEmpty(); header = line()) {
            int colon = header.indexOf(':');
            headers.put(
                    header.substring(0, colon).toLowerCase(Locale.ROOT),
                    header.substring(colon + 1).strip());
        }
        return new Answer(status, headers, body(status, headers));
    }

    private byte[] body(int status, Map<String, String> headers) throws IOException {
        if (status < 200 || status == 204) {
            return new byte[0];
        }
        return headers.containsKey("content-length")
                ? bytes(Integer.parseInt(headers.get("content-length")))
                : chunks();
    }

    private byte[] chunks() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int size = Integer.parseInt(line(), 16); size > 0; size = Integer.parseInt(line(), 16)) {
            body.writeBytes(bytes(size));
            line();
        }
        line();
        return body.toByteArray();
    }

    private byte[] bytes(int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException("cut off after " + bytes.length + " of " + count + " bytes");
        }
        return bytes;
    }

    private int byteOrEnd() throws IOException {
        int b = in.read();
        if (b < 0) {
            throw new EOFException("the server closed the connection");
        }
        return b;
    }

    /** Whether something has come that was not read yet. */
    boolean hasNews() throws IOException {
        return in.available() > 0;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
