package dev.baton.kit;

import dev.baton.handover.Fd;
import java.io.IOException;

/** Who goes on with connections of the previous worker that were accepted at one listener. */
public interface Adopter {
    /**
     * Makes the connection one of this worker's, without serving it yet.
     *
     * @param protocol what the giver spoke with the client
     * @param connection stays the caller's; an adopter duplicates it
     * @param state what the giver sent along
     * @throws IOException if it cannot; the giver then goes on with the connection
     */
    Adopted take(String protocol, Fd connection, byte[] state) throws IOException;

    /** A connection that was taken: exactly one of the two is called, once. */
    interface Adopted {
        /** It is ours: serve it. */
        void serve();

        /** It stays the giver's: close our descriptor, never the connection (no shutdown(2)). */
        void drop();
    }
}
