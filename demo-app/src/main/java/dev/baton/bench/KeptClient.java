package dev.baton.bench;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A client that keeps its connection and is silent most of the time: cheap enough to have ten thousand. */
final class KeptClient implements Closeable {
    private static final int PATIENCE = 30_000;
    private static final byte[] REQUEST = "GET / HTTP/1.1\r\nHost: bench\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final Socket socket;

    private KeptClient(Socket socket) {
        this.socket = socket;
    }

    static KeptClient to(InetSocketAddress address) throws IOException {
        Socket socket = new Socket(address.getAddress(), address.getPort());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE);
        return new KeptClient(socket);
    }

    void ask() throws IOException {
        socket.getOutputStream().write(REQUEST);
    }

    /** Reads an answer as the demo's to {@code /}: a head, and one line. */
    void answer() throws IOException {
        InputStream in = socket.getInputStream();
        byte[] buffer = new byte[1024];
        StringBuilder text = new StringBuilder();
        int head = -1;
        while (head < 0 || text.indexOf("\n", head + 4) < 0) {
            int some = in.read(buffer);
            if (some < 0) {
                throw new EOFException("the connection was closed after " + text.length() + " bytes of an answer");
            }
            text.append(new String(buffer, 0, some, StandardCharsets.ISO_8859_1));
            head = text.indexOf("\r\n\r\n");
        }
        if (text.indexOf("HTTP/1.1 200 ") != 0) {
            throw new IOException("not 200: " + text);
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
