package dev.baton.supervisor;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** The programs of util-linux by which workers are started: where they are, whatever the PATH says. */
public final class UtilLinux {
    private UtilLinux() {}

    /**
     * Where one of them is.
     *
     * @param root of the file system that is looked through
     * @param environment whose PATH is searched first, as far as it does not depend on where one is
     */
    public static Optional<Path> find(String program, Path root, Map<String, String> environment) {
        String path = environment.getOrDefault("PATH", "") + ":/usr/bin:/bin";
        for (String entry : path.split(":")) {
            if (entry.startsWith("/")) {
                Path file = root.resolve(entry.substring(1)).resolve(program);
                if (Files.isRegularFile(file) && Files.isExecutable(file)) {
                    return Optional.of(file);
                }
            }
        }
        return Optional.empty();
    }
}
