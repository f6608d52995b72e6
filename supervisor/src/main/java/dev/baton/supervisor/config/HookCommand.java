package dev.baton.supervisor.config;

import java.time.Duration;
import java.util.List;

/**
 * What is run at every transition.
 *
 * @param deadline after which it is killed
 */
public record HookCommand(List<String> command, Duration deadline) {
    static final Duration DEADLINE = Duration.ofSeconds(5);

    public HookCommand {
        command = List.copyOf(command);
    }
}
