package dev.baton.supervisor;

import dev.baton.handover.ListenerSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An {@link UpgradeRequest} whose environment and directory are already merged with the configured ones.
 *
 * @param listeners empty: the present ones
 * @param wrap empty: as now
 * @param rules how long the phases wait from now on; empty: as long as they do
 * @param check by which the next version is proved, if it is
 * @param warmUp by which the next version is warmed up, if it is
 * @param readyAfter how long the next version must live to be ready, where it does not say so itself
 */
record Request(
        List<String> command,
        Map<String, String> environment,
        Optional<Path> directory,
        Optional<List<ListenerSpec>> listeners,
        Optional<Wrap> wrap,
        Optional<Rules> rules,
        Optional<Check> check,
        Optional<WarmUp> warmUp,
        Optional<Duration> readyAfter) {

    /** One that changes neither the listeners nor the rules, and asks nothing. */
    Request(List<String> command, Map<String, String> environment, Optional<Path> directory) {
        this(
                command,
                environment,
                directory,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }
}
