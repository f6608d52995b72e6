package dev.baton.demo;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** One client of the line service. */
interface LineConnection extends Closeable {
    InputStream input() throws IOException;

    OutputStream output() throws IOException;

    /** What the version before knew of this client; empty where this is its first. */
    byte[] state();

    /**
     * Waits for the client at a point where everything it said is answered, or stands in the state.
     *
     * @return false if the connection has gone to the next version, which then knows the state; it must not even be closed here
     */
    boolean quiet(byte[] state) throws IOException;
}
