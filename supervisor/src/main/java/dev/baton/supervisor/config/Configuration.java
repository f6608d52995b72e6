package dev.baton.supervisor.config;

import dev.baton.handover.ListenerSpec;
import dev.baton.supervisor.Check;
import dev.baton.supervisor.Settings;
import dev.baton.supervisor.Signal;
import dev.baton.supervisor.WarmUp;
import dev.baton.supervisor.Wrap;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a configuration file says: every value is right, and what it does not say is empty.
 *
 * @param app its name for the application; else the file's own name, if that is one
 * @param directory absolute; a relative one counts from where the file is
 * @param controlSocket absolute in the same way
 * @param user who workers run as
 * @param group theirs, by its number
 * @param cache whether archives of the commands' classes are kept
 */
public record Configuration(
        Optional<String> app,
        List<String> command,
        Optional<Path> directory,
        Map<String, String> environment,
        Optional<Wrap> wrap,
        List<ListenerSpec> listeners,
        Optional<Duration> readyTimeout,
        Optional<Duration> readyAfter,
        Optional<Check> check,
        Optional<WarmUp> warmUp,
        Optional<Duration> bake,
        Optional<Duration> drain,
        Optional<Duration> killAfter,
        Optional<Signal> stopSignal,
        Optional<Duration> firstBackoff,
        Optional<Duration> longestBackoff,
        Optional<Path> controlSocket,
        List<Settings.User> allowUsers,
        Optional<Settings.User> user,
        Optional<Integer> group,
        Optional<ControlHttp> controlHttp,
        Optional<HookCommand> hook,
        boolean cache) {
    /** Of no file at all. */
    public static final Configuration NONE = new Configuration(
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Map.of(),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            false);

    public Configuration {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
        listeners = List.copyOf(listeners);
        allowUsers = List.copyOf(allowUsers);
    }
}
