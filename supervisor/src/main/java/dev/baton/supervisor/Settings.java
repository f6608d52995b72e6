package dev.baton.supervisor;

import dev.baton.handover.ListenerSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a supervisor is to do; the contract's configuration keys, checked and complete.
 *
 * @param app the application's name
 * @param command what starts a worker
 * @param directory where it starts, resolved afresh at every spawn; empty: where the supervisor was started
 * @param environment on top of the supervisor's own, less what is between it and its own parent
 * @param check by which a worker is proved before it accepts; empty: its own word is enough
 * @param runtimeDirectory for the sockets; made with mode 0700 where it is missing
 */
public record Settings(
        String app,
        List<String> command,
        Optional<Path> directory,
        Map<String, String> environment,
        List<ListenerSpec> listeners,
        Duration readyTimeout,
        Duration bake,
        Duration drain,
        Duration killAfter,
        Duration firstBackoff,
        Duration longestBackoff,
        Optional<Check> check,
        Path runtimeDirectory) {
    public static final Duration READY_TIMEOUT = Duration.ofSeconds(60);
    public static final Duration BAKE = Duration.ofSeconds(5);
    public static final Duration DRAIN = Duration.ofSeconds(30);
    public static final Duration KILL_AFTER = Duration.ofSeconds(5);
    public static final Duration FIRST_BACKOFF = Duration.ofMillis(100);
    public static final Duration LONGEST_BACKOFF = Duration.ofSeconds(30);

    public Settings {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
        listeners = List.copyOf(listeners);
    }

    /** Without a check. */
    public Settings(
            String app,
            List<String> command,
            Optional<Path> directory,
            Map<String, String> environment,
            List<ListenerSpec> listeners,
            Duration readyTimeout,
            Duration bake,
            Duration drain,
            Duration killAfter,
            Duration firstBackoff,
            Duration longestBackoff,
            Path runtimeDirectory) {
        this(
                app,
                command,
                directory,
                environment,
                listeners,
                readyTimeout,
                bake,
                drain,
                killAfter,
                firstBackoff,
                longestBackoff,
                Optional.empty(),
                runtimeDirectory);
    }
}
