package dev.baton.supervisor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Who this process is to the kernel. */
final class Identity {
    private Identity() {}

    /** The effective user id, which is whose /proc/self is: proc(5). */
    static int uid() throws IOException {
        return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    }

    /** Whom workers run as: this user, or this process's own. */
    static int ofWorkers(Optional<Settings.User> user) throws IOException {
        return user.isPresent() ? user.get().uid() : uid();
    }

    /** The effective group id, likewise. */
    static int gid() throws IOException {
        return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:gid");
    }
}
