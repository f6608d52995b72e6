package dev.baton.supervisor.cli;

import dev.baton.supervisor.control.JsonObject;
import dev.baton.supervisor.control.NoSupervisorException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "status",
        header = "Show listeners, workers, connections and the last upgrade.",
        customSynopsis = "baton status [--app A] [--watch] [--json]",
        description = {
            "",
            "Of one supervisor, or of all that this user can talk to. With --watch it fills the"
                    + " terminal and goes on until you do not (Ctrl-C); elsewhere than on a terminal that of"
                    + " one supervisor, by --app where there are several, is printed anew at every transition until it"
                    + " stops."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  baton status",
            "  baton status --watch",
            "  baton status --app shop --json | jq .phase",
            "",
            "With --json it is what GET /v1/status answers: one object with --app, an array",
            "of them without; with --watch an object to a line."
        },
        exitCodeListHeading = ExitCode.LIST_HEADING,
        exitCodeList = {
            ExitCode.LIST_DONE,
            ExitCode.LIST_UNWRITTEN,
            ExitCode.LIST_USAGE,
            ExitCode.LIST_NO_SUPERVISOR + ", or one of several does not",
            ExitCode.LIST_BUG
        })
final class StatusCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Mixin
    private WhichApp which;

    @Option(names = "--json", description = "As JSON, for programs.")
    private boolean json;

    @Option(names = "--watch", description = "Go on showing it.")
    private boolean watch;

    StatusCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws NoSupervisorException, InterruptedException {
        Supervisors supervisors = surroundings.supervisors();
        Terminal terminal = surroundings.terminal();
        if (watch) {
            return new StatusWatch(which, supervisors, terminal).show(json);
        }
        if (which.given()) {
            JsonObject status = which.find(supervisors).status();
            if (json) {
                terminal.out().println(status);
            } else {
                new StatusReport(status, Instant.now(), terminal).print();
            }
            return ExitCode.DONE;
        }
        return showAll(supervisors.all(), terminal);
    }

    private int showAll(Supervisors.Answers answers, Terminal terminal) {
        List<JsonObject> all = answers.found().stream().map(Found::status).toList();
        if (json) {
            terminal.out().println(all.stream().map(JsonObject::toString).collect(Collectors.joining(",", "[", "]")));
        }
        if (all.isEmpty()) {
            throw Supervisors.none(Optional.empty(), answers);
        }
        for (int i = 0; !json && i < all.size(); i++) {
            terminal.out().print(i == 0 ? "" : System.lineSeparator());
            new StatusReport(all.get(i), Instant.now(), terminal).print();
        }
        answers.unwell().forEach(one -> terminal.complain("baton status: " + one, Supervisors.UNWELL));
        return answers.unwell().isEmpty() ? ExitCode.DONE : ExitCode.NO_SUPERVISOR;
    }
}
