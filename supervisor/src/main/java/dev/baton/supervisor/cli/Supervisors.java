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
import java.util.stream.Collectors;

/** Finds the supervisors that this user can talk to, by asking whoever may be there. */
record Supervisors(RuntimeDirectories directories) {

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
        Search search = search(app);
        if (search.found.isEmpty()) {
            throw none(app, search.silent);
        }
        if (search.found.size() > 1 && app.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    search.found.size() + " supervisors run here: "
                            + search.found.stream().map(Found::app).collect(Collectors.joining(", ")),
                    "say which one is meant, like --app " + search.found.get(0).app());
        }
        // Two of the same name can only be in two places, and a client looks first where a supervisor is made first.
        return search.found.get(0);
    }

    /** All of them, by the names of their applications. */
    List<Found> all() {
        List<Found> found = new ArrayList<>(search(Optional.empty()).found);
        found.sort(Comparator.comparing(Found::app));
        return found;
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

    private record Search(List<Found> found, List<String> silent) {}

    private Search search(Optional<String> app) {
        List<Path> sockets = app.map(directories::controlSockets).orElseGet(directories::controlSockets);
        Search search = new Search(new ArrayList<>(), new ArrayList<>());
        for (Path socket : sockets) {
            try {
                Found found = ask(socket);
                // A directory that systemd gave need not be called like the application.
                if (app.isEmpty() || app.get().equals(found.app())) {
                    search.found.add(found);
                }
            } catch (NoSupervisorException e) {
                search.silent.add(e.getMessage());
            }
        }
        return search;
    }

    private static Found ask(Path socket) throws NoSupervisorException {
        ControlClient client = ControlClient.of(socket);
        ControlClient.Reply reply = client.get("/v1/status");
        JsonObject status = reply.json();
        if (reply.status() != 200 || !status.has("app") || !status.has("supervisor")) {
            throw new NoSupervisorException(
                    socket + ": it answers " + reply.status() + ": "
                            + status.optionalText("detail").orElse(reply.body()),
                    null);
        }
        return new Found(client, status);
    }

    private static CommandFailure none(Optional<String> app, List<String> silent) {
        String what = "no supervisor answers" + app.map(name -> " for " + name).orElse("");
        String where = silent.isEmpty() ? "" : " (" + String.join("; ", silent) + ")";
        return new CommandFailure(
                ExitCode.NO_SUPERVISOR,
                what + where,
                "start one: baton run" + app.map(name -> " --app " + name).orElse("")
                        + " --listen http=:8080 -- COMMAND…");
    }
}
