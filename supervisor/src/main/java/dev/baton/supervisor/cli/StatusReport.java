package dev.baton.supervisor.cli;

import dev.baton.supervisor.config.DurationText;
import dev.baton.supervisor.control.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A supervisor's status as a page of at most as many columns as the terminal's lines have. */
record StatusReport(JsonObject status, Instant now, Terminal terminal) {
    void print() {
        JsonObject supervisor = status.object("supervisor");
        String phase = status.text("phase");
        terminal.out()
                .println(terminal.strong(status.text("app")) + "  "
                        + (phase.equals("serving") ? terminal.good(phase) : terminal.bad(phase))
                        + "  (supervisor: pid " + supervisor.number("pid") + ", up "
                        + since(supervisor.text("startedAt")) + ", baton " + supervisor.text("version") + ")");
        if (supervisor.has("restarts")) {
            printRestarts(supervisor.object("restarts"));
        }
        if (status.objects("listeners").isEmpty()) {
            terminal.out().println("  its listeners are closed");
        } else {
            listeners().print(terminal.out(), terminal.width(), 3, 4);
        }
        terminal.out().println();
        workers().print(terminal.out(), terminal.width(), 2, 3, 7);
        status.objects("workers").stream()
                .filter(worker -> worker.has("unsupervised"))
                .forEach(this::printUnsupervised);
        if (status.has("lastUpgrade")) {
            terminal.out().println();
            printUpgrade(status.object("lastUpgrade"));
        }
    }

    /** Nothing is said where nothing has failed lately: a restart that is over concerns nobody. */
    private void printRestarts(JsonObject restarts) {
        if (restarts.number("inARow") == 0) {
            return;
        }
        String text = "fails to serve: " + count(restarts, "inARow") + " in a row, " + count(restarts, "total")
                + " in all; "
                + restarts.optionalText("next")
                        .map(next -> "next start in " + until(next))
                        .orElse("started again")
                + restarts.optionalText("reason")
                        .map(reason -> "; last: " + Terminal.harmless(reason))
                        .orElse("");
        printBad(text);
    }

    private void printBad(String text) {
        Table.wrap(text, "  ", "    ", terminal.width())
                .forEach(line -> terminal.out().println(terminal.bad(line)));
    }

    private String until(String instant) {
        Duration left = Duration.between(now, Instant.parse(instant));
        return DurationText.spoken(left.isNegative() ? Duration.ZERO : left);
    }

    private Table listeners() {
        Table table = new Table("LISTENER", "ADDRESS", ">QUEUED", ">BACKLOG", ">DROPPED");
        for (JsonObject listener : status.objects("listeners")) {
            table.row(
                    listener.text("name"),
                    listener.text("address"),
                    count(listener, "queued"),
                    count(listener, "backlog"),
                    count(listener, "dropped"));
        }
        return table;
    }

    private Table workers() {
        Table table = new Table(">GEN", "ROLE", ">PID", ">UP", ">ACTIVE", ">IDLE", ">HANDED", "COMMAND");
        for (JsonObject worker : status.objects("workers")) {
            JsonObject connections = worker.object("connections");
            table.row(
                    count(worker, "generation"),
                    worker.text("role"),
                    count(worker, "pid"),
                    since(worker.text("startedAt")),
                    count(connections, "active"),
                    count(connections, "idle"),
                    count(connections, "handedOver"),
                    Terminal.harmless(String.join(" ", worker.texts("command"))));
        }
        return table;
    }

    private void printUnsupervised(JsonObject worker) {
        String text = "generation " + count(worker, "generation") + " listens unsupervised: "
                + Terminal.harmless(String.join(", ", worker.texts("unsupervised")))
                + "; during an upgrade that is in use: name it with --listen";
        printBad(text);
    }

    private void printUpgrade(JsonObject upgrade) {
        String outcome = upgrade.text("outcome");
        String of = "  last upgrade: generation " + upgrade.number("from") + " → " + upgrade.number("to") + ", ";
        terminal.out().println(of + (outcome.equals("upgraded") ? terminal.good(outcome) : terminal.bad(outcome)));
        List<String> details = new ArrayList<>();
        upgrade.optionalText("reason").ifPresent(reason -> details.add("why: " + Terminal.harmless(reason)));
        details.add(String.join(", ", UpgradeReport.phases(upgrade)));
        details.forEach(detail -> terminal.print(detail, "    ", "    "));
    }

    private String since(String instant) {
        Duration duration = Duration.between(Instant.parse(instant), now);
        // Seconds are the finest that means anything here.
        return DurationText.spoken(Duration.ofSeconds(Math.max(0, duration.toSeconds())))
                .replace("0 ms", "0 s");
    }

    private static String count(JsonObject object, String key) {
        return String.format(Locale.ROOT, "%d", object.number(key));
    }
}
