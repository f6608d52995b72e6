package dev.baton.supervisor.config;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Where an application's class archives are kept: {@code $CACHE_DIRECTORY} (systemd's, for one unit), else
 * {@code $XDG_CACHE_HOME/baton/NAME}, else {@code ~/.cache/baton/NAME}.
 */
public final class CacheDirectory {
    private CacheDirectory() {}

    /** That of this process. */
    public static Path ofThisProcess(String app) {
        return of(System.getenv(), System.getProperty("user.home"), app);
    }

    static Path of(Map<String, String> environment, String home, String app) {
        // systemd.exec(5): with several directories the variable holds them all, separated by colons.
        return absolute(environment.getOrDefault("CACHE_DIRECTORY", "").split(":")[0])
                .map(given -> given.resolve("classes"))
                .orElseGet(() -> absolute(environment.getOrDefault("XDG_CACHE_HOME", ""))
                        .orElse(Path.of(home, ".cache"))
                        .resolve("baton")
                        .resolve(app));
    }

    private static Optional<Path> absolute(String path) {
        return Optional.of(Path.of(path)).filter(Path::isAbsolute);
    }
}
