package dev.baton.supervisor.cli;

import dev.baton.supervisor.config.DurationText;
import dev.baton.supervisor.control.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** An upgrade that is over: how it ended, how long each phase took, and if it failed, why, and its last lines. */
record UpgradeReport(JsonObject upgrade, Terminal terminal) {
    private static final int LAST_LINES = 20;

    /**
     * Prints it.
     *
     * @param serving the generation that serves now
     * @param done whether it ended as it was meant to
     */
    void print(String app, Optional<Long> serving, boolean done, Duration passed) {
        String outcome = upgrade.text("outcome");
        terminal.out()
                .println((done ? terminal.good(outcome) : terminal.bad(outcome)) + ": " + app + " "
                        + serving.map(generation -> "generation " + generation + " serves")
                                .orElse("has no worker that serves just now")
                        + " (" + DurationText.spoken(passed) + ")");
        if (terminal.live()) {
            terminal.print(String.join(", ", phases(upgrade)), "  ", "    ");
        }
        if (!done) {
            upgrade.optionalText("reason")
                    .ifPresent(reason -> terminal.print("why: " + Terminal.harmless(reason), "  ", "    "));
            lastLines();
        }
    }

    private void lastLines() {
        List<String> output = upgrade.texts("output");
        if (!output.isEmpty()) {
            terminal.out().println("  the last lines of generation " + upgrade.number("to") + ":");
            List<String> last = output.subList(Math.max(0, output.size() - LAST_LINES), output.size());
            last.forEach(line -> terminal.out().println("    | " + Terminal.harmless(line)));
        }
    }

    /** {@code starting 812 ms}, {@code baking 5 s} …; the spaces within one do not break. */
    static List<String> phases(JsonObject upgrade) {
        JsonObject phases = upgrade.object("phases");
        return phases.keys().stream()
                .map(phase -> phase + " " + DurationText.spoken(Duration.ofMillis(phases.number(phase))))
                .map(text -> text.replace(' ', Table.FIRM_SPACE))
                .toList();
    }
}
