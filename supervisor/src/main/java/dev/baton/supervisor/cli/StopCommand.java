package dev.baton.supervisor.cli;

import dev.baton.supervisor.config.DurationText;
import dev.baton.supervisor.control.ControlClient;
import dev.baton.supervisor.control.NoSupervisorException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "stop",
        header = "Drain, then stop everything.",
        customSynopsis = "baton stop [--app A] [--timeout D]",
        description = {
            "",
            "The workers take no new connections, finish what they have within the drain"
                    + " deadline, and the supervisor ends. Returns when it is gone.",
            "Who connects meanwhile is refused at once; where systemd keeps the listeners,"
                    + " which may be about to start the service again, they wait."
        },
        footerHeading = "%nExamples:%n",
        footer = "  baton stop --app shop",
        exitCodeListHeading = ExitCode.LIST_HEADING,
        exitCodeList = {
            ExitCode.LIST_DONE,
            " 1:it has not stopped within --timeout",
            ExitCode.LIST_USAGE,
            ExitCode.LIST_NO_SUPERVISOR,
            ExitCode.LIST_BUG
        })
final class StopCommand implements Callable<Integer> {
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final Surroundings surroundings;

    @Mixin
    private WhichApp which;

    @Option(
            names = "--timeout",
            paramLabel = "D",
            description = "Wait for so long at most, like 90s; it goes on stopping after that.")
    private Duration timeout;

    StopCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws NoSupervisorException, InterruptedException {
        Terminal terminal = surroundings.terminal();
        Found supervisor = which.find(surroundings.supervisors());
        Departure departure = new Departure(supervisor);
        ControlClient.Reply reply = supervisor.client().post("/v1/stop", Map.of());
        supervisor.expected(202, reply, "stopping " + supervisor.app());
        Redrawn redrawn = new Redrawn(terminal);
        try {
            await(departure, supervisor.app(), Optional.ofNullable(timeout), redrawn);
        } finally {
            redrawn.erase();
        }
        terminal.out().println(supervisor.app() + " has stopped");
        return ExitCode.DONE;
    }

    private void await(Departure departure, String app, Optional<Duration> atMost, Redrawn redrawn)
            throws InterruptedException {
        Terminal terminal = surroundings.terminal();
        long began = System.nanoTime();
        while (!departure.isOver()) {
            Duration passed = Duration.ofNanos(System.nanoTime() - began);
            if (atMost.isPresent() && passed.compareTo(atMost.get()) >= 0) {
                throw new CommandFailure(
                        ExitCode.FAILED,
                        app + " has not stopped within " + DurationText.spoken(atMost.get()),
                        "it goes on stopping; baton stop once more makes it hurry");
            }
            if (terminal.live()) {
                redrawn.draw(List.of(app + " is stopping, " + passed.toSeconds() + " s …"));
            }
            TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
        }
    }
}
