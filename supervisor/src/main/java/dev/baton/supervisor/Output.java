package dev.baton.supervisor;

import dev.baton.supervisor.journal.Journal;
import dev.baton.supervisor.journal.Journal.Priority;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Where workers' lines go. Threading: any. */
record Output(PrintStream out, PrintStream err, Journal outs, Journal errs) {
    private static final int BUFFER = 4 * Relay.LONGEST_LINE;

    /** The supervisor's own two streams, in UTF-8 whatever the locale: workers' bytes come out as they went in. */
    static Output own() {
        return new Output(utf8(FileDescriptor.out), utf8(FileDescriptor.err), Journal.behind(1), Journal.behind(2));
    }

    private static PrintStream utf8(FileDescriptor stream) {
        // Buffered, so that a line is one write(2), and lines of several workers do not mix.
        return new PrintStream(
                new BufferedOutputStream(new FileOutputStream(stream), BUFFER), true, StandardCharsets.UTF_8);
    }

    void stdout(String before, String line) {
        out.println(outs.line(Priority.INFO, before, line));
    }

    void stderr(String before, String line) {
        err.println(errs.line(Priority.WARNING, before, line));
    }
}
