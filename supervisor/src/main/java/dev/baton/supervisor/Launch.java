package dev.baton.supervisor;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How to start a worker, before anything of it is looked up: the directory's links, the command on the PATH and the
 * supervisor's own environment are those of the moment of the spawn.
 *
 * @param environment on top of the cleaned one
 * @param directory empty: the supervisor's own
 */
record Launch(List<String> command, Map<String, String> environment, Optional<Path> directory) {
    Launch {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }
}
