package dev.baton.supervisor.cli;

import dev.baton.supervisor.config.RuntimeDirectories;
import dev.baton.supervisor.control.ControlClient;
import dev.baton.supervisor.control.JsonObject;
import dev.baton.supervisor.control.NoSupervisorException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds the supervisors that this user can talk to, by asking whoever may be there. */
record Supervisors(RuntimeDirectories directories) {
    /** What to do about one that is there and does not answer. */
    static final String UNWELL = "its log may say why; one that is only busy answers when it is asked again";

    /**
     * The one that is meant.
     *
     * @param app its application; empty where there is but one supervisor
     * @param control its socket, where it is not the usual one
     */
    Found one(Optional<String> app, Optional<Path> control) {
        if (control.isPresent()) {
            return at(control.get());
        }
        Answers answers = answers(app);
        if (answers.found.isEmpty()) {
            throw none(app, answers);
        }
        if (app.isEmpty() && answers.found.size() + answers.unwell.size() > 1) {
            throw several(answers);
        }
        // Two of the same name can only be in two places, and a client looks first where a supervisor is made first.
        return answers.found.get(0);
    }

    /** Of all of them, by the names of their applications. */
    Answers all() {
        Answers answers = answers(Optional.empty());
        answers.found.sort(Comparator.comparing(Found::app));
        return answers;
    }

    private Found at(Path control) {
        try {
            return ask(control);
        } catch (NoSupervisorException e) {
            throw new CommandFailure(
                    ExitCode.NO_SUPERVISOR,
                    "no supervisor answers: " + e.getMessage(),
                    "is it running, and is --control what it was started with?",
                    e);
        }
    }

    /**
     * What came of asking.
     *
     * @param found who answered
     * @param unwell sockets where somebody is and does not answer as a supervisor does, with how not
     * @param absent sockets that nobody serves, or not for this user, with why not
     */
    record Answers(List<Found> found, List<String> unwell, List<String> absent) {}

    private Answers answers(Optional<String> app) {
        List<Path> sockets = app.map(directories::controlSockets).orElseGet(directories::controlSockets);
        Answers answers = new Answers(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (Path socket : sockets) {
            try {
                Found found = ask(socket);
                // A directory that systemd gave need not be called like the application.
                if (app.isEmpty() || app.get().equals(found.app())) {
                    answers.found.add(found);
                }
            } catch (NoSupervisorException e) {
                (e.isUnwell() ? answers.unwell : answers.absent).add(e.getMessage());
            }
        }
        return answers;
    }

    private static Found ask(Path socket) throws NoSupervisorException {
        ControlClient client = ControlClient.of(socket);
        ControlClient.Reply reply = client.get("/v1/status");
        JsonObject status = reply.json();
        if (reply.status() != 200) {
            throw NoSupervisorException.unwell(answer(socket, reply, status), null);
        }
        if (!status.has("app") || !status.has("supervisor")) {
            throw new NoSupervisorException(answer(socket, reply, status), null);
        }
        return new Found(client, status);
    }

    private static String answer(Path socket, ControlClient.Reply reply, JsonObject status) {
        return socket + ": it answers " + reply.status() + ": "
                + status.optionalText("detail").orElse(reply.body());
    }

    /** No answer is no sign that the one which is meant is another. */
    private static CommandFailure several(Answers answers) {
        List<String> all =
                new ArrayList<>(answers.found.stream().map(Found::app).toList());
        all.addAll(answers.unwell);
        return new CommandFailure(
                ExitCode.USAGE,
                all.size() + " supervisors run here: " + String.join(", ", all),
                "say which one is meant, like --app " + answers.found.get(0).app());
    }

    static CommandFailure none(Optional<String> app, Answers answers) {
        String what = "no supervisor answers" + app.map(name -> " for " + name).orElse("");
        List<String> silent =
                Stream.concat(answers.unwell.stream(), answers.absent.stream()).toList();
        String where = silent.isEmpty() ? "" : " (" + String.join("; ", silent) + ")";
        String start = "start one: baton run"
                + app.map(name -> " --app " + name).orElse("") + " --listen http=:8080 -- COMMAND…";
        return new CommandFailure(ExitCode.NO_SUPERVISOR, what + where, answers.unwell.isEmpty() ? start : UNWELL);
    }
}
