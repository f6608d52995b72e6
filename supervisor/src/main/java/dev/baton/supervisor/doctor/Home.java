package dev.baton.supervisor.doctor;

import dev.baton.supervisor.config.RuntimeDirectories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;

/** The runtime directory, as a supervisor will look at it when it starts. */
record Home(Path path) {
    private static final String NAME = "directory";
    private static final int GROUP_OR_OTHERS_WRITE = 0022;
    private static final Path OF_SESSIONS = Path.of("/run/user");

    Finding directory() {
        try {
            return Files.exists(path, LinkOption.NOFOLLOW_LINKS) ? existing() : missing();
        } catch (IOException e) {
            return Finding.fail(NAME, path + " cannot be looked at: " + e, "set XDG_RUNTIME_DIR to another directory");
        }
    }

    private Finding existing() throws IOException {
        if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            return Finding.fail(NAME, path + " is a link or a file", "remove it, or set XDG_RUNTIME_DIR");
        }
        Map<String, Object> is = Files.readAttributes(path, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
        Object self = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        if (!is.get("uid").equals(self)) {
            return Finding.fail(
                    NAME,
                    path + " belongs to uid " + is.get("uid") + ", and this is uid " + self,
                    "run baton as that user, or set XDG_RUNTIME_DIR");
        }
        int mode = (Integer) is.get("mode") & 07777;
        return (mode & GROUP_OR_OTHERS_WRITE) == 0
                ? Finding.ok(NAME, path + ", mode " + Integer.toOctalString(mode))
                : Finding.fail(NAME, path + " has mode " + Integer.toOctalString(mode), "chmod 700 " + path);
    }

    private Finding missing() {
        Path parent = path.toAbsolutePath().getParent();
        while (parent != null && !Files.exists(parent)) {
            parent = parent.getParent();
        }
        return parent != null && Files.isDirectory(parent) && Files.isWritable(parent)
                ? Finding.ok(NAME, path + ", to be made")
                : Finding.fail(
                        NAME,
                        path + " cannot be made in " + parent,
                        "let this user write there, or set XDG_RUNTIME_DIR to a directory of its own");
    }

    /** logind takes a user's runtime directory away after the last session, unless the user lingers: loginctl(1). */
    Finding afterLogout(Path root, String user) {
        String name = "logout";
        boolean taken = path.toAbsolutePath().startsWith(OF_SESSIONS)
                && Files.isDirectory(root.resolve("run/systemd/system"))
                && !Files.exists(root.resolve("var/lib/systemd/linger").resolve(user));
        return taken
                ? Finding.warn(
                        name,
                        path + " goes when " + user + "'s last session ends: then no worker"
                                + " that dies is started again, and no command finds the supervisor",
                        "loginctl enable-linger " + user + ", or set RUNTIME_DIRECTORY to a directory that stays")
                : Finding.ok(name, "the directory stays when " + user + " logs out");
    }

    Finding socket() {
        Path socket = RuntimeDirectories.controlSocket(path);
        try {
            RuntimeDirectories.requireShortEnough(socket);
            return Finding.ok("socket", socket.toString());
        } catch (IllegalArgumentException e) {
            return Finding.fail("socket", socket.toString(), e.getMessage());
        }
    }
}
