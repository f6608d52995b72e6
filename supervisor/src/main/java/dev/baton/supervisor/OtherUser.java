package dev.baton.supervisor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a worker comes to run as another user than its supervisor: setpriv(1) gives up what root has and becomes the
 * program by execve(2), the pid staying the same.
 */
record OtherUser(Settings.User user) {
    private static final int GROUP_OR_OTHERS_WRITE = 0022;
    private static final int STICKY = 01000;

    /** Of the supervisor's own session, and of no use or in the way of anybody else. */
    private static final List<String> OF_A_SESSION = List.of("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "MAIL");

    /**
     * Looks whether this process may become that user, touching nothing.
     *
     * @throws IOException if it may not, with what to do
     */
    void requirePossible() throws IOException {
        int self = Identity.uid();
        if (self != 0 && !isAlreadyOurs()) {
            throw new IOException("workers cannot run as user " + user.name() + " (uid " + user.uid() + ", gid "
                    + user.group() + "): this supervisor runs as uid " + self + ", gid " + Identity.gid()
                    + ", and only root may become another: start it as root, or as that user without user and group");
        }
        if (!isAlreadyOurs()) {
            WorkerProcess.tool("setpriv");
        }
    }

    /** Whether files of this user are another's than this process's. */
    boolean isStranger() throws IOException {
        return user.uid() != Identity.uid();
    }

    private boolean isAlreadyOurs() throws IOException {
        return user.uid() == Identity.uid() && user.group() == Identity.gid();
    }

    /**
     * Looks whether somebody else than this user decides what is at the end of a path, so that root may open it: nothing
     * on the way there is the user's or may be written by others. (/tmp may be, for there nobody can rename what is
     * another's; but what lies in it for the user alone could be put aside by that user.)
     *
     * @return the path without links, which stays what it is
     * @throws IOException if the user may decide, with what to do
     */
    Path requireOutOfReach(Path path) throws IOException {
        Path real = path.toRealPath();
        for (Path way = real; way != null; way = way.getParent()) {
            Map<String, Object> is = Files.readAttributes(way, "unix:uid,mode");
            int mode = (Integer) is.get("mode");
            boolean open = (mode & GROUP_OR_OTHERS_WRITE) != 0 && (way.equals(real) || (mode & STICKY) == 0);
            if (open || is.get("uid").equals(user.uid())) {
                throw new IOException(way + " may be changed by user " + user.name()
                        + (open ? ", for its group or others may write it" : ", to whom it belongs")
                        + ", and root does not read it for that user: chown root " + way + " && chmod go-w " + way);
            }
        }
        return real;
    }

    /** The launch with this user's environment; it is not yet {@link #running}. */
    Program program(Launch launch, Optional<Path> agent) throws IOException {
        return Program.of(launch, environment()).wrapped(launch, agent);
    }

    /** The program as this user runs it. */
    Program running(Program program) throws IOException {
        List<String> command = new ArrayList<>(before());
        command.addAll(program.command());
        return new Program(command, program.environment(), program.directory());
    }

    /** What makes a command this user's. */
    List<String> before() throws IOException {
        if (isAlreadyOurs()) {
            return List.of();
        }
        List<String> command = new ArrayList<>(List.of(
                WorkerProcess.tool("setpriv").toString(),
                "--reuid=" + Integer.toUnsignedString(user.uid()),
                "--regid=" + Integer.toUnsignedString(user.group()),
                "--init-groups",
                "--inh-caps=-all"));
        if (user.uid() != 0) {
            // What was given up is not to come back through a set-user-ID program: prctl(2), PR_SET_NO_NEW_PRIVS.
            command.add("--no-new-privs");
        }
        command.add("--");
        return command;
    }

    private Map<String, String> environment() throws IOException {
        Map<String, String> environment = new HashMap<>(System.getenv());
        if (user.uid() != Identity.uid()) {
            OF_A_SESSION.forEach(environment::remove);
        }
        environment.put("HOME", user.home());
        environment.put("USER", user.name());
        environment.put("LOGNAME", user.name());
        environment.put("SHELL", user.shell());
        return environment;
    }
}
