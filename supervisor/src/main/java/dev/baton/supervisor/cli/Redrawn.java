package dev.baton.supervisor.cli;

import dev.baton.handover.WindowSize;
import java.util.List;

/**
 * Lines at the end of what a terminal shows that are drawn again and again in their own place, so that what was printed
 * before stays.
 */
final class Redrawn {
    private static final String CLEAR_REST = "\r\u001b[J";

    private final Terminal terminal;
    private List<String> drawn = List.of();

    Redrawn(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Draws these in the place of those before; the first give way where the window is too low for all. */
    void draw(List<String> lines) {
        WindowSize window = terminal.window().get();
        // The last column stays free: a terminal that has filled it may have gone to the next line, or not.
        List<String> cut = lines.stream()
                .map(line -> Screen.cut(line, Math.min(window.columns(), terminal.width()) - 1))
                .toList();
        List<String> next = cut.subList(Math.max(0, cut.size() - window.rows() + 1), cut.size());
        terminal.out().print(back(window) + String.join("\r\n", next));
        terminal.out().flush();
        drawn = next;
    }

    /** Takes them away: what is printed next stands in their place. */
    void erase() {
        if (!drawn.isEmpty()) {
            terminal.out().print(back(terminal.window().get()));
            terminal.out().flush();
            drawn = List.of();
        }
    }

    /** A window that has become narrower since shows what was drawn in more rows. */
    private String back(WindowSize window) {
        int rows = drawn.stream()
                .mapToInt(line -> Math.max(1, -Math.floorDiv(-Screen.columns(line), window.columns())))
                .sum();
        int up = Math.min(rows, window.rows()) - 1;
        return drawn.isEmpty() ? "" : (up > 0 ? "\u001b[" + up + "A" : "") + CLEAR_REST;
    }
}
