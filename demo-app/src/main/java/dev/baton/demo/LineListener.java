package dev.baton.demo;

import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;

/** Where clients of the line service come in. */
interface LineListener extends Closeable {
    /** Whether {@link #accept} can still return a client. */
    boolean isOpen();

    /** Waits for the next client, whose connection the caller closes. */
    LineConnection accept() throws IOException;

    /** Where it is bound. */
    SocketAddress address() throws IOException;
}
