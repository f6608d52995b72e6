package dev.baton.process;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A command that is run to its end, as a shell would. */
final class Command {
    private static final Duration PATIENCE = RunningBaton.PATIENCE;

    private Command() {}

    /** How it ended. */
    record Ended(int exitCode, String output) {}

    /** {@code baton ARGUMENTS…}, for supervisors that live in this directory. */
    static Ended baton(Path runtimeDirectory, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(Places.baton());
        command.addAll(List.of(arguments));
        return run(runtimeDirectory, command);
    }

    static Ended run(Path runtimeDirectory, List<String> command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile());
        builder.environment().put("RUNTIME_DIRECTORY", runtimeDirectory.toString());
        Process process = builder.start();
        Lines lines = new Lines(process, "command-output");
        try {
            if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException(command + " did not end within " + PATIENCE + ":\n" + text(lines.all()));
            }
            return new Ended(process.exitValue(), text(lines.whole()));
        } finally {
            process.destroyForcibly();
        }
    }

    private static String text(List<String> lines) {
        return String.join("\n", lines);
    }
}
