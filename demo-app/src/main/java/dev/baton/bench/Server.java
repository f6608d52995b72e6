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
abstract class Server implements Closeable {
    private final String name;
    private final InetSocketAddress address;

    /** What serves, or the parent of what does; another one after an upgrade, where that starts one. */
    Program program;

    Server(String name, InetSocketAddress address, Program program) {
        this.name = name;
        this.address = address;
        this.program = program;
    }

    /** As the tables call it. */
    final String name() {
        return name;
    }

    /** Where clients go. */
    final InetSocketAddress address() {
        return address;
    }

    /**
     * Replaces it, and waits until the new version serves and the old one is gone, whichever is later; it fails where it sees neither.
     *
     * @return how long each phase took, where it tells; else nothing
     */
    abstract Map<String, Duration> upgrade() throws IOException, InterruptedException;

    /** Ends all of it. */
    @Override
    public void close() {
        program.close();
    }
}
