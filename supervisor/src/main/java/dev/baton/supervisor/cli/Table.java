package dev.baton.supervisor.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Columns as wide as what is in them, indented by two; the last one gives way where a line would be too long. */
final class Table {
    /** Where {@link #wrap} does not break; it prints as a space. */
    static final char FIRM_SPACE = '\u00a0';

    private static final String INDENT = "  ";
    private static final String GAP = "  ";
    /** What is left of the last column, at least, before another is left out. */
    private static final int LAST = 8;

    private final boolean[] right;
    private final List<String[]> rows = new ArrayList<>();

    /** A column whose heading begins with {@code >} holds numbers, and is aligned to the right. */
    Table(String... headings) {
        right = new boolean[headings.length];
        String[] first = new String[headings.length];
        for (int i = 0; i < headings.length; i++) {
            right[i] = headings[i].startsWith(">");
            first[i] = right[i] ? headings[i].substring(1) : headings[i];
        }
        rows.add(first);
    }

    void row(String... cells) {
        rows.add(cells);
    }

    /**
     * Prints it.
     *
     * @param expendable the columns that are left out, one after the other, where the window is narrower than usual and
     *     not all of them fit
     */
    void print(PrintStream out, int width, int... expendable) {
        int[] widths = new int[right.length];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        Set<Integer> shown = shown(widths, width, expendable);
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder(INDENT);
            for (int i : shown) {
                String pad = " ".repeat(widths[i] - row[i].length());
                line.append(i == 0 ? "" : GAP).append(right[i] ? pad + row[i] : row[i] + pad);
            }
            out.println(Screen.cut(line.toString().stripTrailing(), width));
        }
    }

    private static Set<Integer> shown(int[] widths, int width, int... expendable) {
        Set<Integer> shown = new TreeSet<>();
        for (int i = 0; i < widths.length; i++) {
            shown.add(i);
        }
        for (int i = 0; width < Terminal.WIDTH && i < expendable.length; i++) {
            int last = widths.length - 1;
            int needed = shown.stream()
                    .mapToInt(
                            column -> GAP.length() + (column == last ? Math.min(LAST, widths[column]) : widths[column]))
                    .sum();
            if (needed > width) {
                shown.remove(expendable[i]);
            }
        }
        return shown;
    }

    /**
     * Breaks a text between its words into lines of at most so many characters. A word that is longer than a line
     * stands alone: it may be a path, and is to be copied.
     *
     * @param first before the first line
     * @param indent before every other line
     */
    static List<String> wrap(String text, String first, String indent, int width) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder(first);
        for (String word : text.split(" ")) {
            boolean empty = line.length() == (lines.isEmpty() ? first : indent).length();
            if (!empty && line.length() + 1 + word.length() > width) {
                lines.add(line.toString());
                line = new StringBuilder(indent);
                empty = true;
            }
            line.append(empty ? "" : " ").append(word);
        }
        lines.add(line.toString());
        lines.replaceAll(done -> done.replace(FIRM_SPACE, ' '));
        return lines;
    }
}
