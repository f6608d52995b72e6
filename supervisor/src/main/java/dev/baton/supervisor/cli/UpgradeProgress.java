package dev.baton.supervisor.cli;

import dev.baton.supervisor.config.DurationText;
import dev.baton.supervisor.control.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An upgrade on its way: on a terminal a line for each phase, redrawn as it goes on; elsewhere a line for each phase
 * that is over.
 *
 * <p>Threading: any; the process may be ended while it draws.
 */
final class UpgradeProgress {
    private final String app;
    private final Terminal terminal;
    private final Redrawn redrawn;
    private int told;
    private boolean begun;
    private boolean over;

    UpgradeProgress(String app, Terminal terminal) {
        this.app = app;
        this.terminal = terminal;
        this.redrawn = new Redrawn(terminal);
    }

    /**
     * Shows how far it is.
     *
     * @param status where all stand, whose connections are still to go; not needed where nobody watches
     */
    synchronized void show(JsonObject upgrade, Optional<JsonObject> status) {
        if (over) {
            return;
        }
        String heading = app + ": upgrade " + upgrade.number("id") + ", generation " + upgrade.number("from") + " → "
                + upgrade.number("to");
        if (terminal.live()) {
            redrawn.draw(page(heading, upgrade, status));
        } else {
            if (!begun) {
                terminal.out().println(heading);
            }
            List<String> phases = UpgradeReport.phases(upgrade);
            // The last one still grows as long as the upgrade runs.
            int last = upgrade.has("outcome") ? phases.size() : phases.size() - 1;
            for (; told < last; told++) {
                terminal.out().println("  " + phases.get(told).replace(Table.FIRM_SPACE, ' '));
            }
        }
        begun = true;
    }

    private List<String> page(String heading, JsonObject upgrade, Optional<JsonObject> status) {
        JsonObject phases = upgrade.object("phases");
        List<String> names = List.copyOf(phases.keys());
        int width = names.stream().mapToInt(String::length).max().orElse(0);
        Duration all =
                Duration.ofMillis(names.stream().mapToLong(phases::number).sum());
        List<String> page = new ArrayList<>();
        page.add(terminal.strong(heading) + "  " + seconds(all));
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            boolean running = i == names.size() - 1 && !upgrade.has("outcome");
            Duration took = Duration.ofMillis(phases.number(name));
            String text = name + " ".repeat(width - name.length()) + "  ";
            page.add(
                    running
                            ? "  › " + terminal.strong(text) + seconds(took)
                            : "  " + terminal.good("✓") + " " + text + DurationText.spoken(took));
            if (running) {
                status.flatMap(now -> leaving(upgrade.number("from"), now)).ifPresent(page::add);
            }
        }
        return page;
    }

    /** Whose connections are still to be served before the old generation can go. */
    private static Optional<String> leaving(long generation, JsonObject status) {
        return status.objects("workers").stream()
                .filter(worker -> worker.number("generation") == generation
                        && worker.text("role").equals("retiring"))
                .findFirst()
                .map(worker -> worker.object("connections"))
                .map(connections -> "    generation " + generation + " still has " + connections.number("active")
                        + " active, " + connections.number("idle") + " idle; " + connections.number("handedOver")
                        + " handed over");
    }

    /** In steps that an eye can follow. */
    private static String seconds(Duration duration) {
        return duration.toMillis() / 1000 >= 60
                ? DurationText.spoken(duration)
                : String.format(java.util.Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0);
    }

    /** Nothing more is drawn; what was, gives way to the next line. */
    synchronized void end() {
        if (!over && terminal.live()) {
            redrawn.erase();
        }
        over = true;
    }
}
