package dev.baton.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Programs that are not ours, which the machine has or has not. */
final class Installed {
    private Installed() {}

    /** The whole path of a program: on the PATH, or where administrators' programs are. */
    static Optional<Path> find(String program) {
        String path = System.getenv("PATH");
        return Stream.concat(
                        Stream.of((path == null ? "" : path).split(":")), Stream.of("/usr/sbin", "/usr/local/sbin"))
                .filter(directory -> !directory.isEmpty())
                .map(directory -> Path.of(directory, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** The same, with a word about it where there is none. */
    static Optional<Path> find(String program, Results results) {
        Optional<Path> found = find(program);
        if (found.isEmpty()) {
            results.note(program + " is left out: it is not installed.");
        }
        return found;
    }
}
