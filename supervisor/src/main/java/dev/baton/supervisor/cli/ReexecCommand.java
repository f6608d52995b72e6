package dev.baton.supervisor.cli;

import dev.baton.supervisor.control.ControlClient;
import dev.baton.supervisor.control.JsonObject;
import dev.baton.supervisor.control.NoSupervisorException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "reexec",
        header = "Replace the supervisor's own program by a newer one.",
        customSynopsis = "baton reexec [--app A]",
        description = {
            "",
            "In place: the process stays, with its workers and sockets, and serving goes on."
                    + " The new program, from where baton lies and with the JDK that is found now,"
                    + " is tried first; where it cannot take over, nothing happens."
        },
        footerHeading = "%nExamples:%n",
        footer = "  baton reexec --app shop",
        exitCodeListHeading = ExitCode.LIST_HEADING,
        exitCodeList = {
            ExitCode.LIST_DONE,
            " 1:the new program does not answer",
            ExitCode.LIST_USAGE,
            " 3:refused: the new program cannot take over, or not just now",
            ExitCode.LIST_NO_SUPERVISOR,
            ExitCode.LIST_BUG
        })
final class ReexecCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final Surroundings surroundings;

    @Mixin
    private WhichApp which;

    ReexecCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws NoSupervisorException, InterruptedException {
        Found supervisor = which.find(surroundings.supervisors());
        String before = startedAt(supervisor.status());
        ControlClient.Reply reply = supervisor.client().post("/v1/reexec", Map.of());
        supervisor.expected(202, reply, "the reexec of " + supervisor.app());
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            Optional<JsonObject> status = status(supervisor);
            if (status.isPresent() && !startedAt(status.get()).equals(before)) {
                JsonObject now = status.get().object("supervisor");
                surroundings
                        .terminal()
                        .out()
                        .println(supervisor.app() + " is supervised by baton " + now.text("version") + ", pid "
                                + now.number("pid") + " as before");
                return ExitCode.DONE;
            }
            TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
        }
        throw new CommandFailure(
                ExitCode.FAILED,
                "the supervisor of " + supervisor.app() + " took the order, and no new program answers",
                "its log says why; its workers serve on, and baton run takes them back should it have ended");
    }

    private static Optional<JsonObject> status(Found supervisor) {
        try {
            ControlClient.Reply reply = supervisor.client().get("/v1/status");
            return reply.status() == 200 ? Optional.of(reply.json()) : Optional.empty();
        } catch (NoSupervisorException | IllegalArgumentException e) {
            return Optional.empty(); // for the moment between the two
        }
    }

    private static String startedAt(JsonObject status) {
        return status.object("supervisor").text("startedAt");
    }
}
