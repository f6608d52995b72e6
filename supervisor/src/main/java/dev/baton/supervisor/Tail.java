package dev.baton.supervisor;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The last lines of a worker. Threading: any. */
final class Tail {
    private static final int LINES = 50;

    private final Deque<String> lines = new ArrayDeque<>();

    synchronized void add(String line) {
        if (lines.size() == LINES) {
            lines.removeFirst();
        }
        lines.addLast(line);
    }

    synchronized List<String> lines() {
        return List.copyOf(lines);
    }
}
