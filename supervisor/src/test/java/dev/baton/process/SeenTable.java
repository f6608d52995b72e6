package dev.baton.process;

import dev.baton.load.Counts;
import dev.baton.load.LoadReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** What clients have seen of each server, a line to each mode, for scripts/servers: {@code -Dbaton.seen=FILE}. */
final class SeenTable {
    private static final String FILE = System.getProperty("baton.seen");

    private SeenTable() {}

    static void add(String server, int upgrades, List<LoadReport> reports) throws IOException {
        if (FILE == null) {
            return;
        }
        StringBuilder lines = new StringBuilder();
        for (LoadReport report : reports) {
            Counts counts = report.counts();
            lines.append(String.join(
                            "\t",
                            server,
                            Integer.toString(Runtime.version().feature()),
                            report.plan().mode().toString(),
                            Integer.toString(upgrades),
                            Long.toString(counts.ok()),
                            Long.toString(counts.refused()),
                            Long.toString(counts.broken()),
                            Long.toString(counts.reconnects())))
                    .append('\n');
        }
        Files.writeString(Path.of(FILE), lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
