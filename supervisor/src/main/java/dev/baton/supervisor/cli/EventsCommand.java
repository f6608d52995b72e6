package dev.baton.supervisor.cli;

import dev.baton.supervisor.control.JsonObject;
import dev.baton.supervisor.control.NoSupervisorException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "events",
        header = "Follow what happens, a line to each transition.",
        customSynopsis = "baton events [--app A] [--json]",
        description = {
            "",
            "Until the supervisor stops, or you do (Ctrl-C); also past a reexec. Each event says where everything stands,"
                    + " so that one that was missed is made up for by the next."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  baton events",
            "  baton events --app shop --json | jq -r 'select(.upgrade.outcome) | .upgrade.outcome'",
            "",
            "With --json it is the data of GET /v1/events, one object to a line."
        },
        exitCodeListHeading = ExitCode.LIST_HEADING,
        exitCodeList = {
            " 0:the supervisor has stopped",
            ExitCode.LIST_UNWRITTEN,
            ExitCode.LIST_USAGE,
            ExitCode.LIST_NO_SUPERVISOR,
            ExitCode.LIST_BUG
        })
final class EventsCommand implements Callable<Integer> {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");

    private final Surroundings surroundings;

    @Mixin
    private WhichApp which;

    @Option(names = "--json", description = "As JSON, for programs.")
    private boolean json;

    EventsCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws NoSupervisorException, InterruptedException {
        Terminal terminal = surroundings.terminal();
        return new Following(which.find(surroundings.supervisors()), terminal.out())
                .follow(
                        () -> {},
                        event -> terminal.out().println(json ? event : text(JsonObject.parse(event), terminal)));
    }

    private static String text(JsonObject event, Terminal terminal) {
        String at = TIME.format(Instant.parse(event.text("at")).atZone(ZoneId.systemDefault()));
        String phase = event.text("to");
        String line = at + "  " + event.text("app") + "  " + terminal.strong(phase) + "  " + workers(event);
        if (!event.has("upgrade")) {
            return line;
        }
        JsonObject upgrade = event.object("upgrade");
        String name = "  upgrade " + upgrade.number("id") + " ";
        if (upgrade.has("phase")) {
            return line + name + upgrade.text("phase");
        }
        String outcome = upgrade.text("outcome");
        return line + name + (outcome.equals("upgraded") ? terminal.good(outcome) : terminal.bad(outcome));
    }

    private static String workers(JsonObject event) {
        return event.objects("workers").stream()
                .map(worker -> worker.text("role") + " " + worker.number("generation"))
                .collect(Collectors.joining(", "));
    }
}
