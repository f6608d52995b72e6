package dev.baton.supervisor.cli;

import dev.baton.supervisor.config.RuntimeDirectories;

/** What a command finds around it, so that a test can put it somewhere else. */
record Surroundings(Terminal terminal, RuntimeDirectories directories, Core.Starter core, MainProcess main) {
    static Surroundings ofThisProcess() {
        return new Surroundings(
                Terminal.ofThisProcess(System.getenv()),
                RuntimeDirectories.ofThisProcess(),
                SupervisorCore::start,
                MainProcess.of(System.getenv()));
    }

    Supervisors supervisors() {
        return new Supervisors(directories);
    }
}
