package dev.baton.handover;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The lines of {@link Message.Drained}, so many that they fit a frame. */
final class CutLines {
    /** What is left of a frame after TYPE, the count and {@link #more}. */
    private static final int ROOM = HandoverChannel.LONGEST_FRAME - 256;
    /** {@code CUT.999=} and the line feed. */
    private static final int AROUND_A_LINE = 9;

    private static final int LONGEST_LINE = 1000;

    private CutLines() {}

    static List<String> fitting(List<String> lines) {
        List<String> fitting = new ArrayList<>();
        int room = ROOM;
        for (String line : lines) {
            String bounded = line.length() <= LONGEST_LINE ? line : line.substring(0, LONGEST_LINE) + "…";
            room -= AROUND_A_LINE + size(bounded);
            boolean isLast = fitting.size() == lines.size() - 1;
            if (room < 0 || (fitting.size() == Lines.MOST - 1 && !isLast)) {
                fitting.add(more(lines.size() - fitting.size()));
                break;
            }
            fitting.add(bounded);
        }
        return List.copyOf(fitting);
    }

    private static String more(int count) {
        return "and " + count + " more";
    }

    /** Escaped, as it goes over the wire. */
    private static int size(String line) {
        int escapes = (int) line.chars().filter(c -> c == '\\' || c == '\n').count();
        return line.getBytes(StandardCharsets.UTF_8).length + escapes;
    }
}
