package dev.baton.kit.connection;

import java.io.IOException;
import java.io.InputStream;

/** What was read already, and then the rest. */
final class Replayed extends InputStream {
    private final byte[] first;
    private final InputStream rest;
    private int at;

    Replayed(byte[] first, InputStream rest) {
        this.first = first;
        this.rest = rest;
    }

    @Override
    public int read() throws IOException {
        return at < first.length ? first[at++] & 0xff : rest.read();
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (at == first.length || length == 0) {
            return rest.read(bytes, offset, length);
        }
        int some = Math.min(length, first.length - at);
        System.arraycopy(first, at, bytes, offset, some);
        at += some;
        return some;
    }

    @Override
    public int available() throws IOException {
        return first.length - at + rest.available();
    }
}
