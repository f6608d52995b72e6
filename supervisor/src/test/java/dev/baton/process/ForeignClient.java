package dev.baton.process;

import java.util.List;

/** A client that nobody here wrote, at work until it is stopped. */
interface ForeignClient extends AutoCloseable {
    /** How many of its requests, messages or events were answered well so far. */
    long answered();

    /** Ends it, and says what it has complained about. */
    List<String> complaints() throws Exception;

    @Override
    void close();
}
