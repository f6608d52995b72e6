package dev.baton.supervisor.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** What is printed, in UTF-8. It fails as quietly as every print stream; why, is known afterwards. */
final class Printout extends PrintStream {
    private final Paper paper;
    private final BooleanSupplier isWithoutReader;

    Printout(OutputStream to) {
        this(to, () -> false);
    }

    /** @param isWithoutReader whether nobody will ever read what is printed from now on */
    Printout(OutputStream to, BooleanSupplier isWithoutReader) {
        this(new Paper(to), isWithoutReader);
    }

    private Printout(Paper paper, BooleanSupplier isWithoutReader) {
        super(paper, true, StandardCharsets.UTF_8);
        this.paper = paper;
        this.isWithoutReader = isWithoutReader;
    }

    /** With its end in one write(2): workers and the log may write there too. */
    @Override
    public void println(String line) {
        print(line + System.lineSeparator());
    }

    /** Whether it makes sense to print more. */
    boolean isHeard() {
        return failure().isEmpty() && !isWithoutReader();
    }

    /** Whether whoever read it has gone, as head(1) does when it has enough. */
    boolean isWithoutReader() {
        return isWithoutReader.getAsBoolean();
    }

    /** Why not all could be printed so far; empty where it could. */
    Optional<IOException> failure() {
        flush();
        return Optional.ofNullable(paper.failure);
    }

    private static final class Paper extends FilterOutputStream {
        private IOException failure;

        Paper(OutputStream to) {
            super(to);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                out.write(bytes, offset, length);
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }
    }
}
