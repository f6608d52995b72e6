package dev.baton.supervisor.cli;

import dev.baton.supervisor.config.DurationText;
import dev.baton.supervisor.control.ControlClient;
import dev.baton.supervisor.control.JsonObject;
import dev.baton.supervisor.control.NoSupervisorException;
import java.time.Duration;
import java.util.Optional;

/** Follows an upgrade to its end, before the eyes of whoever asked for it. */
record UpgradeWatch(Found supervisor, Terminal terminal, News news) {
    /** Between two looks, where nothing is heard or where somebody sees the seconds go by. */
    private static final Duration BLINK = Duration.ofMillis(100);

    private static final Duration PAUSE = Duration.ofSeconds(1);

    /**
     * Waits until it is over, says how it ended, and returns the exit code for it.
     *
     * @param atMost how long to watch; the upgrade goes on after that
     * @param hoped the outcome that counts as done
     */
    int follow(long id, Optional<Duration> atMost, String hoped) throws NoSupervisorException, InterruptedException {
        long began = System.nanoTime();
        UpgradeProgress progress = new UpgradeProgress(supervisor.app(), terminal);
        Thread atTheEnd = new Thread(() -> leaveAlone(progress, id), "baton-farewell");
        Runtime.getRuntime().addShutdownHook(atTheEnd);
        try {
            JsonObject upgrade = look(id, progress);
            while (!upgrade.has("outcome")) {
                Duration passed = Duration.ofNanos(System.nanoTime() - began);
                if (atMost.isPresent() && passed.compareTo(atMost.get()) >= 0) {
                    throw late(upgrade, atMost.get());
                }
                Duration pause = terminal.live() || news.over() ? BLINK : PAUSE;
                Duration left = atMost.orElse(pause.plus(passed)).minus(passed);
                news.await(left.compareTo(pause) < 0 ? left : pause);
                upgrade = look(id, progress);
            }
            progress.end();
            return conclude(upgrade, hoped, Duration.ofNanos(System.nanoTime() - began));
        } finally {
            progress.end();
            AtTheEnd.forget(atTheEnd);
        }
    }

    private JsonObject look(long id, UpgradeProgress progress) throws NoSupervisorException {
        JsonObject upgrade = ask(id);
        progress.show(
                upgrade,
                terminal.live()
                        ? Optional.of(supervisor.client().get("/v1/status").json())
                        : Optional.empty());
        return upgrade;
    }

    /** Somebody has had enough of watching (Ctrl-C). */
    private void leaveAlone(UpgradeProgress progress, long id) {
        progress.end();
        terminal.complain(
                "upgrade " + id + " goes on by itself",
                "look at it with: baton status --watch --app " + supervisor.app());
    }

    private JsonObject ask(long id) throws NoSupervisorException {
        ControlClient.Reply reply;
        try {
            reply = supervisor.client().get("/v1/upgrades/" + id);
        } catch (NoSupervisorException e) {
            throw new NoSupervisorException("it went away during upgrade " + id + ": " + e.getMessage(), e);
        }
        if (reply.status() != 200) {
            throw Problems.failure(reply, "upgrade " + id, supervisor.app());
        }
        return reply.json();
    }

    private CommandFailure late(JsonObject upgrade, Duration atMost) {
        return new CommandFailure(
                ExitCode.FAILED,
                "upgrade " + upgrade.number("id") + " is not over after " + DurationText.spoken(atMost) + ": it is "
                        + upgrade.optionalText("phase").orElse("running"),
                "it goes on by itself; look at it with: baton status --app " + supervisor.app());
    }

    private int conclude(JsonObject upgrade, String hoped, Duration passed) throws NoSupervisorException {
        boolean done = upgrade.text("outcome").equals(hoped);
        new UpgradeReport(upgrade, terminal).print(supervisor.app(), serving(), done, passed);
        return done ? ExitCode.DONE : ExitCode.FAILED;
    }

    /** Which generation serves now: after a failure that need not be the one that served before it. */
    private Optional<Long> serving() throws NoSupervisorException {
        return supervisor.client().get("/v1/status").json().objects("workers").stream()
                .filter(worker -> worker.text("role").equals("active"))
                .map(worker -> worker.number("generation"))
                .findFirst();
    }
}
