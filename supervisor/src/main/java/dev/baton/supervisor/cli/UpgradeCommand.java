package dev.baton.supervisor.cli;

import dev.baton.supervisor.control.ControlClient;
import dev.baton.supervisor.control.NoSupervisorException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "upgrade",
        header = "Replace the running version by the next one, without losing a connection.",
        customSynopsis = "baton upgrade [--app A] [--timeout D] [--no-wait] [-- COMMAND…]",
        description = {
            "",
            "Starts COMMAND beside the version that serves, waits until it is ready,"
                    + " moves the traffic over, watches it for the bake time, and lets the"
                    + " old version finish what it has. Without COMMAND it is the configuration"
                    + " file's, if it has one, else the present one once more, in the same"
                    + " directory: what a new jar in the old place, or a release symlink that"
                    + " points elsewhere, asks for.",
            "",
            "A version that does not get ready never takes over, and the old one serves on."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  baton upgrade                          the same command, started anew",
            "  baton upgrade -- java -jar shop-2.jar  another one",
            "  baton upgrade --no-wait --app shop     begin, and look at it later"
        },
        exitCodeListHeading = ExitCode.LIST_HEADING,
        exitCodeList = {
            ExitCode.LIST_DONE,
            ExitCode.LIST_FAILED,
            ExitCode.LIST_USAGE,
            ExitCode.LIST_REFUSED,
            ExitCode.LIST_NO_SUPERVISOR,
            ExitCode.LIST_BUG
        })
final class UpgradeCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Mixin
    private WhichApp which;

    @Option(
            names = "--timeout",
            paramLabel = "D",
            description =
                    "Watch for so long at most, like 90s; the upgrade goes on after that, and the exit code is 1.")
    private Duration timeout;

    @Option(names = "--no-wait", description = "Only begin it.")
    private boolean noWait;

    @Parameters(arity = "0..*", paramLabel = "COMMAND", hidden = true)
    private List<String> command = List.of();

    UpgradeCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Found supervisor = which.find(surroundings.supervisors());
        if (noWait) {
            long id = begin(supervisor);
            surroundings
                    .terminal()
                    .out()
                    .println(supervisor.app() + ": upgrade " + id + " has begun; look at it with: baton status --app "
                            + supervisor.app());
            return ExitCode.DONE;
        }
        // Followed before it begins: nothing that happens is missed.
        try (News news = News.of(supervisor.client())) {
            return new UpgradeWatch(supervisor, surroundings.terminal(), news, surroundings.main())
                    .follow(begin(supervisor), Optional.ofNullable(timeout), "upgraded");
        }
    }

    private long begin(Found supervisor) throws NoSupervisorException {
        ControlClient.Reply reply =
                supervisor.client().post("/v1/upgrade", command.isEmpty() ? Map.of() : Map.of("command", command));
        return supervisor
                .expected(202, reply, "the upgrade of " + supervisor.app())
                .json()
                .number("id");
    }
}
