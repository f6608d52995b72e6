package dev.baton.supervisor.cli;

import dev.baton.handover.WindowSize;
import java.io.Closeable;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The whole window of a terminal, for as long as a page is watched. What was there before comes back at the end,
 * however that comes: also by a signal.
 *
 * <p>Threading: any.
 */
final class Screen implements Closeable {
    // xterm's control sequences, which every terminal of today knows.
    private static final String ENTER = "\u001b[?1049h\u001b[?25l";
    private static final String LEAVE = "\u001b[?25h\u001b[?1049l";
    private static final String HOME = "\u001b[H";
    private static final String CLEAR_LINE = "\u001b[K";
    private static final String CLEAR_REST = "\u001b[J";
    private static final Pattern COLOURS = Pattern.compile("\u001b\\[[0-9;]*m");
    private static final Pattern COLOURS_OR_CHARACTER = Pattern.compile(COLOURS + "|.", Pattern.DOTALL);

    private final Terminal terminal;
    private final Thread atTheEnd = new Thread(this::leave, "baton-screen");
    private boolean left;

    Screen(Terminal terminal) {
        this.terminal = terminal;
        Runtime.getRuntime().addShutdownHook(atTheEnd);
        terminal.out().print(ENTER);
        terminal.out().flush();
    }

    /** Shows these lines, as far as there is room. */
    synchronized void draw(List<String> lines) {
        if (left) {
            return;
        }
        // One write for a page: it does not flicker.
        terminal.out().print(frame(lines, terminal.window().get()));
        terminal.out().flush();
    }

    static String frame(List<String> lines, WindowSize window) {
        List<String> page = fitting(lines, window.rows());
        StringBuilder frame = new StringBuilder(HOME);
        for (int i = 0; i < page.size(); i++) {
            // Nothing follows the last line, or the terminal would scroll.
            frame.append(i == 0 ? "" : "\r\n")
                    .append(cut(page.get(i), window.columns()))
                    .append(CLEAR_LINE);
        }
        return frame.append(CLEAR_REST).toString();
    }

    /** Empty lines give way first; then what is last. */
    private static List<String> fitting(List<String> lines, int rows) {
        List<String> page = lines.size() <= rows
                ? lines
                : lines.stream().filter(line -> !line.isEmpty()).toList();
        return page.size() <= rows ? page : page.subList(0, rows);
    }

    /** A line of at most so many columns; its colours take no room, and the last of them ends them all. */
    static String cut(String line, int columns) {
        if (columns(line) <= columns) {
            return line;
        }
        StringBuilder cut = new StringBuilder();
        int room = columns - 1;
        Matcher parts = COLOURS_OR_CHARACTER.matcher(line);
        while (parts.find()) {
            String part = parts.group();
            boolean colour = part.startsWith("\u001b[");
            room -= colour ? 0 : part.length();
            if (colour || room >= 0) {
                cut.append(part);
            }
        }
        return cut.append('…').toString();
    }

    /** How many columns a line takes: its colours take none. */
    static int columns(String line) {
        return COLOURS.matcher(line).replaceAll("").length();
    }

    private synchronized void leave() {
        if (!left) {
            left = true;
            terminal.out().print(LEAVE);
            terminal.out().flush();
        }
    }

    @Override
    public void close() {
        leave();
        AtTheEnd.forget(atTheEnd);
    }
}
