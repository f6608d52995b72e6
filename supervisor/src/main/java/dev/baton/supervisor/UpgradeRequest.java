package dev.baton.supervisor;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What to upgrade to.
 *
 * @param command empty: the present one once more, with what was asked for with it; the directory's symbolic links are
 *     followed afresh
 * @param environment on top of the configured one
 * @param directory empty: the configured one
 * @param settings what is configured from now on, if the upgrade is granted: environment, directory, listeners, times.
 *     Empty: what was so far. The name, the command and the runtime directory in it are not looked at
 */
public record UpgradeRequest(
        List<String> command, Map<String, String> environment, Optional<Path> directory, Optional<Settings> settings) {
    public UpgradeRequest {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }

    /** One by which the configuration stays as it is. */
    public UpgradeRequest(List<String> command, Map<String, String> environment, Optional<Path> directory) {
        this(command, environment, directory, Optional.empty());
    }

    /** The present command once more: what a reload means. */
    public static UpgradeRequest again() {
        return new UpgradeRequest(List.of(), Map.of(), Optional.empty());
    }
}
