package dev.baton.supervisor.control;

import java.io.IOException;
import java.nio.channels.SocketChannel;

/** Looks at who it is before anything is read. */
@FunctionalInterface
interface Doorman {
    /**
     * Whether this client may come in; one that may not has been closed.
     *
     * @throws IOException if the client is gone already
     */
    boolean letsIn(SocketChannel client) throws IOException;
}
