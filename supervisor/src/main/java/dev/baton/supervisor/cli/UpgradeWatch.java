package dev.baton.supervisor.cli;

import dev.baton.supervisor.config.DurationText;
import dev.baton.supervisor.control.ControlClient;
import dev.baton.supervisor.control.JsonObject;
import dev.baton.supervisor.control.NoSupervisorException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Follows an upgrade to its end, before the eyes of whoever asked for it. */
record UpgradeWatch(Found supervisor, Terminal terminal, News news, MainProcess main) {
    /** Between two looks, where nothing is heard or where somebody sees the seconds go by. */
    private static final Duration BLINK = Duration.ofMillis(100);

    private static final Duration PAUSE = Duration.ofSeconds(1);
    /** execve(2) of a process with threads looks like its end while it lasts. */
    private static final Duration MOMENT = Duration.ofSeconds(1);

    /** How long there may be no place for one more who asks. */
    private static final Duration CROWDED = Duration.ofSeconds(30);

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

    private JsonObject look(long id, UpgradeProgress progress) throws NoSupervisorException, InterruptedException {
        JsonObject upgrade = ask("/v1/upgrades/" + id, id);
        progress.show(upgrade, terminal.live() ? Optional.of(ask("/v1/status", id)) : Optional.empty());
        return upgrade;
    }

    /** Somebody has had enough of watching (Ctrl-C). */
    private void leaveAlone(UpgradeProgress progress, long id) {
        progress.end();
        terminal.complain(
                "upgrade " + id + " goes on by itself",
                "look at it with: baton status --watch --app " + supervisor.app());
    }

    /**
     * Asks again where so many are connected that there is no place just now, and where a supervisor replaces its own
     * program: the upgrade goes on meanwhile.
     */
    private JsonObject ask(String path, long id) throws NoSupervisorException, InterruptedException {
        long began = System.nanoTime();
        while (true) {
            long passed = System.nanoTime() - began;
            try {
                ControlClient.Reply reply = supervisor.client().get(path);
                if (reply.status() != 503 || passed > CROWDED.toNanos()) {
                    return supervisor.expected(200, reply, "upgrade " + id).json();
                }
            } catch (NoSupervisorException e) {
                if (passed > MOMENT.toNanos() && main.isGone()) {
                    throw new NoSupervisorException(
                            "it died during upgrade " + id
                                    + ", and systemd starts it again when this command has ended: " + e.getMessage(),
                            e);
                }
                if (passed > Following.ABSENCE.toNanos()) {
                    throw new NoSupervisorException("it went away during upgrade " + id + ": " + e.getMessage(), e);
                }
            }
            TimeUnit.NANOSECONDS.sleep(BLINK.toNanos());
        }
    }

    private CommandFailure late(JsonObject upgrade, Duration atMost) {
        return new CommandFailure(
                ExitCode.FAILED,
                "upgrade " + upgrade.number("id") + " is not over after " + DurationText.spoken(atMost) + ": it is "
                        + upgrade.optionalText("phase").orElse("running"),
                "it goes on by itself; look at it with: baton status --app " + supervisor.app());
    }

    private int conclude(JsonObject upgrade, String hoped, Duration passed)
            throws NoSupervisorException, InterruptedException {
        boolean done = upgrade.text("outcome").equals(hoped);
        new UpgradeReport(upgrade, terminal).print(supervisor.app(), serving(upgrade.number("id")), done, passed);
        return done ? ExitCode.DONE : ExitCode.FAILED;
    }

    /** Which generation serves now: after a failure that need not be the one that served before it. */
    private Optional<Long> serving(long id) throws NoSupervisorException, InterruptedException {
        return ask("/v1/status", id).objects("workers").stream()
                .filter(worker -> worker.text("role").equals("active"))
                .map(worker -> worker.number("generation"))
                .findFirst();
    }
}
