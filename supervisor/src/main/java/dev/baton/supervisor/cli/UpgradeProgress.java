package dev.baton.supervisor.cli;

import dev.baton.supervisor.control.JsonObject;
import java.util.List;

/** An upgrade on its way: one line that is redrawn on a terminal; elsewhere a line for each phase that is over. */
final class UpgradeProgress {
    private final String app;
    private final Terminal terminal;
    private int told;
    private boolean begun;

    UpgradeProgress(String app, Terminal terminal) {
        this.app = app;
        this.terminal = terminal;
    }

    void show(JsonObject upgrade) {
        List<String> phases = UpgradeReport.phases(upgrade);
        String heading = app + ": upgrade " + upgrade.number("id") + ", generation " + upgrade.number("from") + " → "
                + upgrade.number("to");
        if (terminal.live()) {
            terminal.redraw(line(heading, phases));
        } else {
            if (!begun) {
                terminal.out().println(heading);
            }
            // The last one still grows as long as the upgrade runs.
            int over = upgrade.has("outcome") ? phases.size() : phases.size() - 1;
            for (; told < over; told++) {
                terminal.out().println("  " + phases.get(told).replace(Table.FIRM_SPACE, ' '));
            }
        }
        begun = true;
    }

    /** The phases so far; where they do not all fit, it is the first that are left out. */
    private static String line(String heading, List<String> phases) {
        String line;
        int from = 0;
        do {
            line = heading + ": " + (from == 0 ? "" : "… ") + String.join(", ", phases.subList(from, phases.size()));
            from++;
        } while (line.length() >= Terminal.WIDTH && from < phases.size());
        return line.replace(Table.FIRM_SPACE, ' ');
    }

    /** Nothing more is drawn; what was, gives way to the next line. */
    void end() {
        if (begun && terminal.live()) {
            terminal.erase();
        }
        begun = false;
    }
}
