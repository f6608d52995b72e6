package dev.baton.supervisor.cli;

import dev.baton.supervisor.control.ControlClient;
import dev.baton.supervisor.control.JsonObject;
import dev.baton.supervisor.control.NoSupervisorException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The status for as long as somebody watches: in the whole window of a terminal, every second and at every transition;
 * elsewhere one after the other, at every transition.
 */
record StatusWatch(WhichApp which, Supervisors supervisors, Terminal terminal) {
    private static final Duration BEAT = Duration.ofSeconds(1);

    /** Goes on until the process is ended; or elsewhere than on a terminal, until the supervisor has stopped. */
    int show(boolean json) throws NoSupervisorException, InterruptedException {
        if (json || !terminal.live()) {
            return print(which.find(supervisors), json);
        }
        Supervisors.Answers first = answers();
        Semaphore told = new Semaphore(0);
        Signals.on("WINCH", told::release);
        Map<ControlClient, News> news = new HashMap<>();
        try (Screen screen = new Screen(terminal)) {
            for (Supervisors.Answers now = first; terminal.out().isHeard(); now = looked()) {
                screen.draw(page(now.found(), now.unwell(), terminal, Instant.now()));
                for (Found supervisor : now.found()) {
                    News known = news.get(supervisor.client());
                    if (known == null || known.over()) {
                        news.put(supervisor.client(), News.of(supervisor.client(), told));
                        told.drainPermits();
                    }
                }
                if (told.tryAcquire(BEAT.toMillis(), TimeUnit.MILLISECONDS)) {
                    told.drainPermits();
                }
            }
            return ExitCode.FAILED;
        } finally {
            news.values().forEach(News::close);
        }
    }

    private int print(Found supervisor, boolean json) throws NoSupervisorException, InterruptedException {
        Runnable print = () -> {
            try {
                ControlClient.Reply reply = supervisor.client().get("/v1/status");
                if (reply.status() == 200) { // else there is no place for one more who asks: the next event tells
                    print(reply.json(), json);
                }
            } catch (NoSupervisorException e) {
                return; // it has stopped, between its last word and our question
            }
        };
        return new Following(supervisor, terminal.out()).follow(print, event -> print.run());
    }

    private void print(JsonObject status, boolean json) {
        if (json) {
            terminal.out().println(status);
        } else {
            new StatusReport(status, Instant.now(), terminal).print();
            terminal.out().println();
        }
    }

    private Supervisors.Answers answers() {
        if (which.given()) {
            return new Supervisors.Answers(List.of(which.find(supervisors)), List.of(), List.of());
        }
        Supervisors.Answers answers = supervisors.all();
        if (answers.found().isEmpty()) {
            throw Supervisors.none(Optional.empty(), answers);
        }
        return answers;
    }

    /** A supervisor that has gone may come again: whoever watches waits for it. */
    private Supervisors.Answers looked() {
        try {
            return which.given() ? answers() : supervisors.all();
        } catch (CommandFailure e) {
            return new Supervisors.Answers(List.of(), List.of(), List.of());
        }
    }

    static List<String> page(List<Found> found, List<String> unwell, Terminal terminal, Instant now) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Printout out = new Printout(bytes);
        Terminal onto = terminal.onto(out, terminal.window().get().columns());
        for (Found supervisor : found) {
            new StatusReport(supervisor.status(), now, onto).print();
            running(supervisor).ifPresent(upgrade -> {
                out.println();
                out.println("  upgrade " + upgrade.number("id") + ": generation " + upgrade.number("from") + " → "
                        + upgrade.number("to"));
                onto.print(String.join(", ", UpgradeReport.phases(upgrade)), "    ", "    ");
            });
            out.println();
        }
        unwell.forEach(one -> onto.print(one, "  ", "    "));
        if (found.isEmpty()) {
            out.println(terminal.bad("no supervisor answers") + "; it is asked every second");
            out.println();
        }
        out.println("  (Ctrl-C ends this view only)");
        return new ArrayList<>(bytes.toString(StandardCharsets.UTF_8).lines().toList());
    }

    /** The upgrade that is on its way, the newest where one waits for the other; the status itself knows only the one before. */
    private static Optional<JsonObject> running(Found supervisor) {
        if (supervisor.status().text("phase").equals("serving")) {
            return Optional.empty();
        }
        try {
            return supervisor.client().get("/v1/upgrades").json().objects("upgrades").stream()
                    .filter(upgrade -> !upgrade.has("outcome"))
                    .reduce((older, newer) -> newer);
        } catch (NoSupervisorException e) {
            return Optional.empty(); // it has gone meanwhile, which the next look shows
        }
    }
}
