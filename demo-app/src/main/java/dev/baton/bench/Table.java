package dev.baton.bench;

import java.util.ArrayList;
import java.util.List;

/** A Markdown table: the first columns are words, the others figures. */
final class Table {
    private final StringBuilder text = new StringBuilder();
    private final int columns;

    Table(int words, String... titles) {
        columns = titles.length;
        row(titles);
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < columns; i++) {
            lines.add(i < words ? "---" : "---:");
        }
        text.append('|').append(String.join("|", lines)).append("|\n");
    }

    Table row(String... cells) {
        if (cells.length != columns) {
            throw new IllegalArgumentException(cells.length + " cells in " + columns + " columns");
        }
        text.append("| ").append(String.join(" | ", cells)).append(" |\n");
        return this;
    }

    @Override
    public String toString() {
        return text + "\n";
    }
}
