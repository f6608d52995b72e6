package dev.baton.supervisor.config;

import dev.baton.supervisor.Settings;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Where an application's class archives are kept: {@code $CACHE_DIRECTORY} (systemd's, for one unit), else
 * {@code $XDG_CACHE_HOME/baton/NAME}, else {@code ~/.cache/baton/NAME}. Workers of another user than this process's
 * could not reach what is below its home: for these {@code $CACHE_DIRECTORY}, else {@code /var/cache/baton/NAME}; so for a user
 * without a home.
 */
public final class CacheDirectory {
    private static final Path SYSTEM = Path.of("/var/cache");

    private CacheDirectory() {}

    /**
     * That of this process.
     *
     * @param user whom workers run as, where that is said
     */
    public static Path ofThisProcess(String app, Optional<Settings.User> user) {
        boolean others = user.filter(worker -> !worker.name().equals(System.getProperty("user.name")))
                .isPresent();
        return of(System.getenv(), System.getProperty("user.home"), app, others);
    }

    static Path of(Map<String, String> environment, String home, String app, boolean others) {
        // systemd.exec(5): with several directories the variable holds them all, separated by colons.
        return RuntimeDirectories.absolute(
                        environment.getOrDefault("CACHE_DIRECTORY", "").split(":")[0])
                .map(given -> given.resolve("classes"))
                .orElseGet(
                        () -> base(environment, home, others).resolve("baton").resolve(app));
    }

    private static Path base(Map<String, String> environment, String home, boolean others) {
        if (others) {
            return SYSTEM;
        }
        return RuntimeDirectories.absolute(environment.get("XDG_CACHE_HOME"))
                .or(() -> HomeDirectory.of(home, environment).map(its -> its.resolve(".cache")))
                .orElse(SYSTEM);
    }
}
