package dev.baton.supervisor;

import dev.baton.handover.ListenerSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How to start a worker, before anything of it is looked up: the directory's links, the command on the PATH and the
 * supervisor's own environment are those of the moment of the spawn.
 *
 * @param environment on top of the cleaned one
 * @param directory empty: the supervisor's own
 * @param wrap how it gets them
 * @param listeners what it is given, as they were asked for: with a port 0 where the kernel chooses
 * @param check by which it is proved; it belongs to the version, for the one before may not know what this one is asked
 * @param warmUp by which it is warmed up, where somebody else serves meanwhile
 * @param readyAfter how long it must have lived to be ready, where it does not say so itself
 * @param stopSignal what tells it to finish, where it inherits its listeners
 * @param overrides what of environment and directory goes with the command, whatever is configured
 */
record Launch(
        List<String> command,
        Map<String, String> environment,
        Optional<Path> directory,
        Wrap wrap,
        List<ListenerSpec> listeners,
        Optional<Check> check,
        Optional<WarmUp> warmUp,
        Optional<Duration> readyAfter,
        Signal stopSignal,
        Overrides overrides) {
    /** What was asked for together with the command. */
    record Overrides(Map<String, String> environment, Optional<Path> directory) {
        static final Overrides NONE = new Overrides(Map.of(), Optional.empty());

        Overrides {
            environment = Map.copyOf(environment);
        }

        /** These, and where they say nothing, those. */
        Overrides or(Overrides those) {
            Map<String, String> both = new HashMap<>(those.environment);
            both.putAll(environment);
            return new Overrides(both, directory.or(those::directory));
        }
    }

    Launch {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
        listeners = List.copyOf(listeners);
    }

    /** As these settings have it. */
    static Launch of(Settings settings) {
        return new Launch(
                settings.command(),
                settings.environment(),
                settings.directory(),
                settings.wrap(),
                settings.listeners(),
                settings.check(),
                settings.warmUp(),
                settings.readyAfter(),
                settings.stopSignal(),
                Overrides.NONE);
    }

    /** As these settings have it, but for what is asked for; an empty command stays empty. */
    static Launch of(Settings settings, UpgradeRequest asked) {
        return of(settings).with(asked.command(), new Overrides(asked.environment(), asked.directory()));
    }

    /** This one by the command of the present one, and what was asked for with that; what is asked for now goes before. */
    Launch again(Launch present) {
        return with(present.command, overrides.or(present.overrides));
    }

    private Launch with(List<String> other, Overrides more) {
        Map<String, String> variables = new HashMap<>(environment);
        variables.putAll(more.environment);
        return new Launch(
                other,
                variables,
                more.directory.or(() -> directory),
                wrap,
                listeners,
                check,
                warmUp,
                readyAfter,
                stopSignal,
                more);
    }

    /** Whether the program inherits the sockets. Where nobody has said so it may use the kit all the same. */
    boolean inherits() {
        return wrap == Wrap.EXEC || wrap == Wrap.AUTO && !Program.isJava(command);
    }
}
