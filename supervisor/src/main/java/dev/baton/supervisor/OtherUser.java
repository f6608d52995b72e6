package dev.baton.supervisor;

import java.io.IOException;
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

    private boolean isAlreadyOurs() throws IOException {
        return user.uid() == Identity.uid() && user.group() == Identity.gid();
    }

    /**
     * The launch as it is for this user.
     *
     * @param agent empty where there is none
     */
    Program program(Launch launch, Optional<Path> agent) throws IOException {
        Program program = Program.of(launch, environment()).wrapped(launch, agent);
        if (isAlreadyOurs()) {
            return program;
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
        command.addAll(program.command());
        return new Program(command, program.environment(), program.directory());
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
