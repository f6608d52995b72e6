package dev.baton.supervisor.cli;

import dev.baton.handover.Libc;
import dev.baton.handover.LibcException;
import dev.baton.handover.WindowSize;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Where a command writes.
 *
 * @param out what was asked for
 * @param err what went wrong
 * @param live whether a person watches {@code out}, so that a line may be redrawn
 * @param liveErr the same of {@code err}; elsewhere a complaint is one line, which scripts and logs prefer
 * @param coloured whether colours are wanted there
 * @param width how many columns a line of {@code out} may have
 * @param window what a live one shows at this moment; it may change at any time
 */
record Terminal(
        Printout out,
        PrintStream err,
        boolean live,
        boolean liveErr,
        boolean coloured,
        int width,
        Supplier<WindowSize> window) {
    /** Every text fits; a terminal that is wider is not used to its edge. */
    static final int WIDTH = 80;

    private static final WindowSize USUAL = new WindowSize(WIDTH, 24);
    private static final String RESET = "\u001b[0m";
    private static final String TAB = "    ";

    static Terminal ofThisProcess(Map<String, String> environment) {
        boolean live = isTerminal(1) && !"dumb".equals(environment.get("TERM"));
        // https://no-color.org: present and not empty, whatever it says.
        boolean coloured = live && environment.getOrDefault("NO_COLOR", "").isEmpty();
        return new Terminal(
                new Printout(new FileOutputStream(FileDescriptor.out), () -> isWithoutReader(1)),
                new Printout(new FileOutputStream(FileDescriptor.err)),
                live,
                isTerminal(2),
                coloured,
                WIDTH,
                () -> windowSize(1).orElse(USUAL));
    }

    /** One that writes elsewhere, in lines of another width, with the same colours. */
    Terminal onto(Printout page, int columns) {
        return new Terminal(page, err, live, liveErr, coloured, columns, window);
    }

    private static boolean isWithoutReader(int fd) {
        try {
            return Libc.isWithoutReader(fd);
        } catch (LibcException | LinkageError e) {
            return false; // where no native call works, a write tells in the end
        }
    }

    /** What a command does goes on where no native call works, however it looks. */
    private static Optional<WindowSize> windowSize(int fd) {
        try {
            return Libc.windowSize(fd);
        } catch (LinkageError e) {
            return Optional.empty();
        }
    }

    /** System.console() will not do: since Java 22 it is there without a terminal, before that only with two. */
    private static boolean isTerminal(int fd) {
        try {
            String target =
                    Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }

    String good(String text) {
        return coloured ? "\u001b[1;32m" + text + RESET : text;
    }

    String bad(String text) {
        return coloured ? "\u001b[1;31m" + text + RESET : text;
    }

    String strong(String text) {
        return coloured ? "\u001b[1m" + text + RESET : text;
    }

    /** Prints a text in lines that fit, as {@link Table#wrap} makes them. */
    void print(String text, String first, String indent) {
        Table.wrap(text, first, indent, width).forEach(out::println);
    }

    /** Says what went wrong, and on a line of its own what to do next, if there is anything. */
    void complain(String message, String next) {
        for (String part : message.split("\n")) {
            for (String line : liveErr ? Table.wrap(part, "", "    ", WIDTH) : List.of(part)) {
                err.println(line);
            }
        }
        if (!next.isEmpty()) {
            for (String line : liveErr ? Table.wrap("→ " + next, "  ", "    ", WIDTH) : List.of("  → " + next)) {
                err.println(line);
            }
        }
    }

    /** A line that another program wrote, without what would act on the terminal. */
    static String harmless(String text) {
        StringBuilder harmless = new StringBuilder();
        for (char c : text.replace("\t", TAB).toCharArray()) {
            harmless.append(isActing(c) ? '·' : c);
        }
        return harmless.toString();
    }

    /** Whether it acts on a terminal (C0, C1) or on what stands beside it: Unicode's ends of lines, and directions. */
    static boolean isActing(char c) {
        return Character.isISOControl(c) || c >= '\u2028' && c <= '\u202e' || c >= '\u2066' && c <= '\u2069';
    }
}
