package dev.baton.supervisor.doctor;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A parameter of the kernel, proc_sys(5). */
final class Sysctl {
    private Sysctl() {}

    /**
     * Its value as text, without blanks around it. A file that tells no size is read by {@link Files#readString} with one
     * byte first, and the kernel gives a number to the first read alone: 4 of 4096. A reader has a buffer.
     *
     * @param name like {@code net/core/somaxconn}
     */
    static String read(Path root, String name) throws IOException {
        try (BufferedReader reader =
                Files.newBufferedReader(root.resolve("proc/sys").resolve(name))) {
            String line = reader.readLine();
            return line == null ? "" : line.strip();
        }
    }
}
