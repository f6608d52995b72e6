package dev.baton.supervisor.cli;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options by which every client command says which supervisor it means. */
final class WhichApp {
    @Option(
            names = "--app",
            paramLabel = "A",
            description = "The application; may be left out where exactly one supervisor runs.")
    private String app;

    @Option(
            names = "--control",
            paramLabel = "PATH",
            description = "The supervisor's control socket, where it was started with one of its own.")
    private Path control;

    Optional<String> app() {
        return Optional.ofNullable(app);
    }

    /** The supervisor that is meant, or a failure that says why there is none. */
    Found find(Supervisors supervisors) {
        return supervisors.one(app(), Optional.ofNullable(control).map(Path::toAbsolutePath));
    }

    /** Whether one was named. */
    boolean given() {
        return app != null || control != null;
    }
}
