package dev.baton.process;

import static org.awaitility.Awaitility.await;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/**
 * Cores that nobody takes from the kernel until they are let go, of the processes that are named; all others' are thrown away at
 * once: core(5), a pattern that begins with a bar. It is the whole machine's while this is open.
 *
 * <p>Ownership: {@link #close} puts the pattern back, and lets all go.
 */
final class SlowCores implements Closeable {
    private static final Path PATTERN = Path.of("/proc/sys/kernel/core_pattern");

    private final Path directory;
    private final String before;

    private SlowCores(Path directory, String before) {
        this.directory = directory;
        this.before = before;
    }

    /**
     * Empty where this user can't say who takes cores.
     *
     * @param directory an empty one
     */
    static Optional<SlowCores> create(Path directory) throws IOException {
        if (!Files.isWritable(PATTERN)) {
            return Optional.empty();
        }
        Path taker = directory.resolve("take");
        Files.writeString(
                taker,
                "#!/bin/sh\nwhile [ -e '" + directory + "'/\"$1\" ]; do sleep 0.05; done\nexec cat >/dev/null\n");
        Files.setPosixFilePermissions(taker, PosixFilePermissions.fromString("rwxr-xr-x"));
        SlowCores cores = new SlowCores(directory, Files.readString(PATTERN));
        Files.writeString(PATTERN, "|" + taker + " %P");
        return Optional.of(cores);
    }

    /** The core of this process, if it comes to that, takes until it is let go. */
    void hold(long pid) throws IOException {
        Files.createFile(held(pid));
    }

    /** Waits until the core has been written. */
    void letGo(long pid) throws IOException {
        Files.delete(held(pid));
        await().atMost(RunningBaton.PATIENCE).until(() -> !isDumping(pid));
    }

    static boolean isDumping(long pid) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), "status"))
                    .contains("CoreDumping:\t1\n");
        } catch (IOException e) {
            return false; // it has ended
        }
    }

    private Path held(long pid) {
        return directory.resolve(Long.toString(pid));
    }

    @Override
    public void close() throws IOException {
        Files.writeString(PATTERN, before);
        try (var held = Files.newDirectoryStream(directory, "[0-9]*")) {
            for (Path each : held) {
                Files.delete(each);
            }
        }
    }
}
