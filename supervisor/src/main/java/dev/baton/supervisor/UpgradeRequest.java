package dev.baton.supervisor;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What to upgrade to.
 *
 * @param command empty: the present one once more (from the same directory, whose symbolic links are followed afresh)
 * @param environment on top of the configured one
 * @param directory empty: the configured one
 */
public record UpgradeRequest(List<String> command, Map<String, String> environment, Optional<Path> directory) {
    public UpgradeRequest {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }

    /** The present command once more: what a reload means. */
    public static UpgradeRequest again() {
        return new UpgradeRequest(List.of(), Map.of(), Optional.empty());
    }
}
