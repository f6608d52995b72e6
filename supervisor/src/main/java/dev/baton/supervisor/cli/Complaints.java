package dev.baton.supervisor.cli;

import dev.baton.supervisor.control.NoSupervisorException;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says what went wrong, and what to do next, and turns it into an exit code. */
record Complaints(Terminal terminal) implements IParameterExceptionHandler, IExecutionExceptionHandler {
    private static final int FRAMES = 12;

    @Override
    public int handleParseException(ParameterException wrong, String[] arguments) {
        String name = wrong.getCommandLine().getCommandSpec().qualifiedName();
        terminal.complain(name + ": " + wrong.getMessage(), suggestion(wrong) + "try: " + name + " --help");
        return ExitCode.USAGE;
    }

    private static String suggestion(ParameterException wrong) {
        if (!(wrong instanceof UnmatchedArgumentException unmatched)) {
            return "";
        }
        List<String> suggestions = unmatched.getSuggestions();
        return suggestions.isEmpty() ? "" : "did you mean " + String.join(" or ", suggestions) + "? or ";
    }

    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult result) {
        String name = command.getCommandSpec().qualifiedName();
        if (failure instanceof CommandFailure known) {
            terminal.complain(name + ": " + known.getMessage(), known.next());
            return known.exitCode();
        }
        if (failure instanceof NoSupervisorException) {
            terminal.complain(name + ": no supervisor answers: " + failure.getMessage(), "baton status shows who does");
            return ExitCode.NO_SUPERVISOR;
        }
        return bug(name, failure);
    }

    int bug(String name, Throwable failure) {
        terminal.complain(
                name + ": this is a bug in baton, not your mistake: " + failure,
                "please report it, with these lines and what baton version says:");
        StackTraceElement[] stack = failure.getStackTrace();
        for (int i = 0; i < Math.min(FRAMES, stack.length); i++) {
            terminal.err().println("      at " + stack[i]);
        }
        if (failure.getCause() != null) {
            terminal.err().println("      caused by " + failure.getCause());
        }
        return ExitCode.BUG;
    }
}
