package dev.baton.kit.connection;

import dev.baton.kit.Duplex;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** A layer that changes the streams, and leaves the rest as it is below. */
record Layer(Duplex below, InputStream input, OutputStream output) implements Duplex {
    @Override
    public boolean canMove() {
        return below.canMove();
    }

    @Override
    public void end() throws IOException {
        below.end();
    }
}
