package dev.baton.bench;

import java.io.IOException;

/** One part of the benchmark. */
interface Section {
    /** As {@code --only} has it. */
    String name();

    /** Measures, and leaves all that it has found in the results. */
    void measure(Course course, Results results) throws IOException, InterruptedException;

    /** Markdown, made of what is in the results: it has left something there. */
    String tables(Results results);
}
