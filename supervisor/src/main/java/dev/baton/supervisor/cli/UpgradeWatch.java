package dev.baton.supervisor.cli;

import dev.baton.supervisor.config.DurationText;
import dev.baton.supervisor.control.ControlClient;
import dev.baton.supervisor.control.JsonObject;
import dev.baton.supervisor.control.NoSupervisorException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Follows an upgrade to its end before the eyes of whoever asked for it: one line that is redrawn on a terminal, a line
 * for each phase that is over elsewhere.
 */
final class UpgradeWatch {
    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final int LAST_LINES = 20;

    private final Found supervisor;
    private final Terminal terminal;
    private final Set<String> told = new HashSet<>();

    UpgradeWatch(Found supervisor, Terminal terminal) {
        this.supervisor = supervisor;
        this.terminal = terminal;
    }

    /**
     * Waits until it is over, says how it ended, and returns the exit code for it.
     *
     * @param atMost how long to watch; the upgrade goes on after that
     * @param hoped the outcome that counts as done
     */
    int follow(long id, Optional<Duration> atMost, String hoped) throws NoSupervisorException, InterruptedException {
        long began = System.nanoTime();
        JsonObject upgrade = ask(id);
        if (!terminal.live()) {
            terminal.out().println(heading(upgrade));
        }
        while (!upgrade.has("outcome")) {
            Duration passed = Duration.ofNanos(System.nanoTime() - began);
            if (atMost.isPresent() && passed.compareTo(atMost.get()) >= 0) {
                eraseLive();
                throw new CommandFailure(
                        ExitCode.FAILED,
                        "upgrade " + id + " is not over after " + DurationText.spoken(atMost.get()) + ": it is "
                                + upgrade.optionalText("phase").orElse("running"),
                        "it goes on by itself; look at it with: baton status --app " + supervisor.app());
            }
            show(upgrade, passed);
            TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
            upgrade = ask(id);
        }
        show(upgrade, Duration.ofNanos(System.nanoTime() - began));
        eraseLive();
        return conclude(upgrade, hoped, Duration.ofNanos(System.nanoTime() - began));
    }

    private JsonObject ask(long id) throws NoSupervisorException {
        ControlClient.Reply reply;
        try {
            reply = supervisor.client().get("/v1/upgrades/" + id);
        } catch (NoSupervisorException e) {
            eraseLive();
            throw new NoSupervisorException("the supervisor went away during upgrade " + id + ": " + e.getMessage(), e);
        }
        if (reply.status() != 200) {
            throw Problems.failure(reply, "upgrade " + id);
        }
        return reply.json();
    }

    private String heading(JsonObject upgrade) {
        return supervisor.app() + ": upgrade " + upgrade.number("id") + ", generation " + upgrade.number("from") + " → "
                + upgrade.number("to");
    }

    private void show(JsonObject upgrade, Duration passed) {
        if (terminal.live()) {
            String phases = StatusReport.phases(upgrade);
            String phase = upgrade.optionalText("phase").orElse("");
            terminal.redraw(heading(upgrade) + ": " + phase + " " + DurationText.spoken(tenths(passed))
                    + (phases.isEmpty() ? "" : " (" + phases + ")"));
            return;
        }
        JsonObject phases = upgrade.object("phases");
        List<String> keys = List.copyOf(phases.keys());
        boolean over = upgrade.has("outcome");
        // The last one may still grow while the upgrade runs.
        for (String phase : keys.subList(0, over ? keys.size() : Math.max(0, keys.size() - 1))) {
            if (told.add(phase)) {
                terminal.out()
                        .println("  " + phase + " " + DurationText.spoken(Duration.ofMillis(phases.number(phase))));
            }
        }
    }

    private void eraseLive() {
        if (terminal.live()) {
            terminal.erase();
        }
    }

    private int conclude(JsonObject upgrade, String hoped, Duration passed) {
        String outcome = upgrade.text("outcome");
        boolean done = outcome.equals(hoped);
        long serving = outcome.equals("upgraded") ? upgrade.number("to") : upgrade.number("from");
        terminal.out()
                .println((done ? terminal.good(outcome) : terminal.bad(outcome)) + ": "
                        + supervisor.app() + " generation " + serving + " serves"
                        + (outcome.equals("upgraded") ? ", generation " + upgrade.number("from") + " is gone" : " on")
                        + " (" + DurationText.spoken(passed) + ")");
        if (terminal.live()) {
            print("  " + StatusReport.phases(upgrade));
        }
        if (!done) {
            explain(upgrade);
        }
        return done ? ExitCode.DONE : ExitCode.FAILED;
    }

    private void explain(JsonObject upgrade) {
        upgrade.optionalText("reason").ifPresent(reason -> print("  why: " + Terminal.harmless(reason)));
        List<String> output = upgrade.texts("output");
        if (!output.isEmpty()) {
            terminal.out().println("  the last lines of generation " + upgrade.number("to") + ":");
            List<String> last = output.subList(Math.max(0, output.size() - LAST_LINES), output.size());
            last.forEach(line -> terminal.out().println("    | " + Terminal.harmless(line)));
        }
    }

    private void print(String text) {
        if (!text.isBlank()) {
            Table.wrap(text.strip(), "  ", "    ", Terminal.WIDTH).forEach(terminal.out()::println);
        }
    }

    /** So that a redrawn line does not flicker in its last digits. */
    private static Duration tenths(Duration duration) {
        return Duration.ofMillis(duration.toMillis() / 100 * 100);
    }
}
