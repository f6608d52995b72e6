package dev.baton.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Figures into the documentation, so that nobody types them. */
final class Docs {
    private static final String BEGIN = "<!-- bench: begin -->";
    private static final String END = "<!-- bench: end -->";
    private static final String PICTURE = "![Latency over time, with upgrades marked](latency.svg)";

    private Docs() {}

    static void put(Path docs, String tables, String picture) throws IOException {
        Path file = docs.resolve("benchmarks.md");
        Files.writeString(file, between(Files.readString(file), tables, file));
        Files.writeString(docs.resolve("latency.svg"), picture);
    }

    private static String between(String text, String tables, Path file) throws IOException {
        int begin = text.indexOf(BEGIN);
        int end = text.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new IOException(file + " has no place for tables: put " + BEGIN + " and " + END + " into it");
        }
        return text.substring(0, begin + BEGIN.length()) + "\n" + PICTURE + "\n\n" + tables.strip() + "\n"
                + text.substring(end);
    }
}
