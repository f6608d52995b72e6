package dev.baton.supervisor.cli;

import dev.baton.supervisor.control.ControlClient;
import dev.baton.supervisor.control.JsonObject;
import dev.baton.supervisor.control.NoSupervisorException;
import java.util.List;

/** What a supervisor's refusals mean to a command. */
final class Problems {
    private Problems() {}

    private static CommandFailure misconfigured(String what, List<String> mistakes) {
        return new CommandFailure(
                ExitCode.USAGE,
                what + " is refused and nothing has changed, for its configuration is wrong:\n"
                        + String.join("\n", mistakes),
                "put it right, and try again; baton check --config FILE tells whether it is");
    }

    /** The failure that a reply which is not the hoped-for one stands for. */
    static CommandFailure failure(ControlClient.Reply reply, String what, String app) throws NoSupervisorException {
        JsonObject problem = reply.json();
        String detail = problem.optionalText("detail").orElse("the supervisor answered " + reply.status());
        return switch (reply.status()) {
            case 409 ->
                problem.has("mistakes")
                        ? misconfigured(what, problem.texts("mistakes"))
                        : new CommandFailure(
                                ExitCode.REFUSED,
                                what + " is refused: " + detail,
                                "look at it with: baton status --watch --app " + app);
            case 413 ->
                new CommandFailure(
                        ExitCode.USAGE,
                        what + ": its command is too long: " + detail,
                        "shorten it; java takes its arguments from a file, too: java @FILE");
            case 503 ->
                new CommandFailure(ExitCode.NO_SUPERVISOR, what + ": " + detail, "baton status shows who answers");
            case 400, 404, 405 ->
                new CommandFailure(
                        ExitCode.USAGE,
                        what + ": " + detail,
                        "is the supervisor of another version? compare baton version and baton status");
            default ->
                new CommandFailure(
                        ExitCode.BUG, what + ": " + detail, "the supervisor's log says more; please report it");
        };
    }
}
