package dev.baton.supervisor.config;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code ~} stands for: the home that passwd(5) gives this process's user; else, for one that is not in there, as in many a
 * container, {@code $HOME}.
 */
final class HomeDirectory {
    private HomeDirectory() {}

    /** @param property {@code user.home}, which is a question mark where the JVM knows of none */
    static Optional<Path> of(String property, Map<String, String> environment) {
        return RuntimeDirectories.absolute(property).or(() -> RuntimeDirectories.absolute(environment.get("HOME")));
    }
}
