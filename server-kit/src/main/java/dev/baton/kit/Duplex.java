package dev.baton.kit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * The two directions of a connection, as the program sees them; by default those of the client's socket, with whatever
 * is interposed on top.
 *
 * <p>Threading: one thread reads, one writes. Ownership: whoever made it closes what is below; a duplex is not closed.
 */
public interface Duplex {
    /**
     * From the client. {@link InputStream#available()} says what was read from below and not yet by the program: while
     * that is not nothing, the connection is not quiet, however silent its socket.
     */
    InputStream input();

    /** To the client; unbuffered. */
    OutputStream output();

    /**
     * Whether the next worker could go on with the connection at a quiet point. Asked by the thread that reads; a
     * layer that knows something which does not travel, such as a cipher's keys, says no.
     */
    default boolean canMove() {
        return true;
    }

    /** Says what the layer has to say at the end. What the program wrote is out by then; the socket is open still. */
    default void end() throws IOException {}
}
