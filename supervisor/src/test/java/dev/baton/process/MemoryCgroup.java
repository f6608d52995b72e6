package dev.baton.process;

import static org.awaitility.Awaitility.await;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A group of processes that together have no more memory than they are given, without swap: cgroups(7), of whichever version
 * has the controller here. Ownership: {@link #close} waits until its processes have ended, and removes it.
 */
final class MemoryCgroup implements Closeable {
    private static final Path V2 = Path.of("/sys/fs/cgroup");
    private static final Path V1 = V2.resolve("memory");

    private final Path directory;
    private final String usage;
    private final String limit;

    private MemoryCgroup(Path directory, String usage, String limit) {
        this.directory = directory;
        this.usage = usage;
        this.limit = limit;
    }

    /** Empty where this user can make none. */
    static Optional<MemoryCgroup> create() {
        String name = "baton-it-" + ProcessHandle.current().pid();
        try {
            if (Files.exists(V1.resolve("memory.limit_in_bytes"))) {
                Path directory = Files.createDirectory(V1.resolve(name));
                Files.writeString(directory.resolve("memory.swappiness"), "0");
                return Optional.of(new MemoryCgroup(directory, "memory.usage_in_bytes", "memory.limit_in_bytes"));
            }
            if (Files.readString(V2.resolve("cgroup.subtree_control")).contains("memory")) {
                Path directory = Files.createDirectory(V2.resolve(name));
                Files.writeString(directory.resolve("memory.swap.max"), "0");
                return Optional.of(new MemoryCgroup(directory, "memory.current", "memory.max"));
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** What stands before a command that is to be in it from its beginning on. */
    String[] before() {
        return new String[] {"sh", "-c", "echo $$ > '" + directory.resolve("cgroup.procs") + "'; exec \"$@\"", "sh"};
    }

    /** As much as they have by now, and so many bytes more. */
    void leave(long bytes) throws IOException {
        long now = Long.parseLong(Files.readString(directory.resolve(usage)).strip());
        Files.writeString(directory.resolve(limit), Long.toString(now + bytes));
    }

    @Override
    public void close() throws IOException {
        await().atMost(RunningBaton.PATIENCE)
                .until(() -> Files.readString(directory.resolve("cgroup.procs")).isBlank());
        Files.delete(directory);
    }
}
