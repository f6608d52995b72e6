package dev.baton.supervisor.cli;

import dev.baton.supervisor.config.RuntimeDirectories;

/** What a command finds around it, so that a test can put it somewhere else. */
record Surroundings(Terminal terminal, RuntimeDirectories directories, Core.Starter core) {
    static Surroundings ofThisProcess() {
        return new Surroundings(
                Terminal.ofThisProcess(System.getenv()), RuntimeDirectories.ofThisProcess(), settings -> {
                    throw new CommandFailure(ExitCode.BUG, "the core is not there yet", "");
                });
    }

    Supervisors supervisors() {
        return new Supervisors(directories);
    }
}
