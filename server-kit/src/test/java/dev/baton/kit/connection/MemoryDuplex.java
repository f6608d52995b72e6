package dev.baton.kit.connection;

import dev.baton.kit.Duplex;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** A connection whose client has said all it will say, and reads everything at once. */
final class MemoryDuplex implements Duplex {
    private final InputStream input;
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();

    MemoryDuplex(byte[] said) {
        // As that of a socket: what is available there, only the kernel knows.
        input = new InputStream() {
            private final ByteArrayInputStream bytes = new ByteArrayInputStream(said);

            @Override
            public int read() {
                return bytes.read();
            }

            @Override
            public int read(byte[] into, int offset, int length) {
                return bytes.read(into, offset, length);
            }
        };
    }

    MemoryDuplex(String said) {
        this(said.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Override
    public InputStream input() {
        return input;
    }

    @Override
    public OutputStream output() {
        return output;
    }

    byte[] heard() {
        return output.toByteArray();
    }
}
