package dev.baton.bench;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;

/**
 * Something that serves HTTP and can be replaced by its next version in its own way.
 *
 * <p>Ownership: {@link #close} ends all of it.
 */
interface Server extends Closeable {
    /** As the tables call it. */
    String name();

    /** Where clients go. */
    InetSocketAddress address();

    /**
     * Replaces it, and waits until the old version is gone.
     *
     * @return how long each phase took, where it tells; else nothing
     */
    Map<String, Duration> upgrade() throws IOException, InterruptedException;
}
