package dev.baton.supervisor;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import dev.baton.handover.LibcException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How a program of any language comes to its sockets: it is started with them as its descriptors 3, 4, 5 and so on, and
 * told so as sd_listen_fds(3) has it. The JDK closes all descriptors in the processes that it starts, and so this is
 * posix_spawn(3). A shell in between, which becomes the program, says what nobody can know before: the pid.
 */
final class InheritingProcess {
    private static final Path SHELL = Path.of("/bin/sh");
    private static final String SAY_PID = "export LISTEN_PID=$$; exec \"$@\"";
    private static final int FIRST = 3;

    /** POSIX.1-2017, 3.235: what is called otherwise a shell may forget, and dash does. */
    private static final Pattern SHELL_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    private InheritingProcess() {}

    /**
     * Starts it.
     *
     * @param more environment on top of the program's
     * @param uid who it becomes
     * @param listeners what it inherits; they stay the caller's
     */
    static WorkerProcess start(
            int generation,
            Program program,
            Map<String, String> more,
            int uid,
            List<PublicListener> listeners,
            Output out)
            throws IOException {
        if (!Libc.canSpawn()) {
            throw new IOException(
                    "a program that inherits its sockets takes glibc 2.34, and this machine has an older one;"
                            + " what is wrapped otherwise (--wrap) does not");
        }
        Map<String, String> environment = new HashMap<>(program.environment());
        environment.putAll(more);
        environment.put("LISTEN_FDS", Integer.toString(listeners.size()));
        environment.put(
                "LISTEN_FDNAMES",
                String.join(":", listeners.stream().map(l -> l.spec().name()).toList()));
        List<String> arguments = new ArrayList<>(List.of("sh", "-c", SAY_PID, "sh"));
        arguments.addAll(remembering(environment, program));
        arguments.addAll(program.command());
        List<OutputPipe> pipes = OutputPipe.openTwo();
        List<Fd> reading = OutputPipe.reading(pipes);
        try {
            // Our copies of what it writes to are closed by the time that it is watched, which takes descriptors.
            int pid = spawn(program, arguments, environment, pipes, listeners);
            return watched(generation, pid, uid, reading, out);
        } catch (IOException e) {
            reading.forEach(Fd::close);
            throw e;
        }
    }

    private static WorkerProcess watched(int generation, int pid, int uid, List<Fd> reading, Output out)
            throws IOException {
        try {
            return AdoptedProcess.ofChild(generation, pid, uid, reading, out);
        } catch (IOException e) {
            reading.forEach(Fd::close); // there may have been none left to watch it by
            AdoptedProcess.end(pid);
            throw e;
        }
    }

    /** env(1), which becomes the program in turn, for variables that the shell forgets. */
    private static List<String> remembering(Map<String, String> environment, Program program) throws IOException {
        List<String> forgotten = environment.entrySet().stream()
                .filter(variable -> !SHELL_NAME.matcher(variable.getKey()).matches())
                .map(variable -> variable.getKey() + "=" + variable.getValue())
                .toList();
        if (forgotten.isEmpty() || program.command().get(0).contains("=")) { // which it would take for a variable
            return List.of();
        }
        List<String> env = new ArrayList<>(List.of(WorkerProcess.tool("env").toString(), "--"));
        env.addAll(forgotten);
        return env;
    }

    private static int spawn(
            Program program,
            List<String> arguments,
            Map<String, String> environment,
            List<OutputPipe> pipes,
            List<PublicListener> listeners)
            throws LibcException {
        try (Fd outs = pipes.get(0).write();
                Fd errs = pipes.get(1).write()) {
            return Libc.spawn(
                    SHELL,
                    arguments.stream().map(InheritingProcess::bytes).toList(),
                    environment.entrySet().stream()
                            .map(variable -> bytes(variable.getKey() + "=" + variable.getValue()))
                            .toList(),
                    program.directory() == null
                            ? null
                            : bytes(program.directory().toString()),
                    outs,
                    errs,
                    listeners.stream().map(PublicListener::fd).toList());
        }
    }

    private static String bytes(String text) {
        return new String(text.getBytes(NativeText.CHARSET), StandardCharsets.ISO_8859_1);
    }

    // ---- one that another supervisor has started ----

    /**
     * Where it prints to: it holds both directions of its pipes, and so they are still there. Empty where it has put
     * something else in their place.
     */
    static List<Fd> output(int pid) throws IOException {
        List<Fd> reading = new ArrayList<>();
        for (int number : new int[] {1, 2}) {
            Path theirs = Path.of("/proc", Integer.toString(pid), "fd", Integer.toString(number));
            if (!Files.isSymbolicLink(theirs)
                    || !Files.readSymbolicLink(theirs).toString().startsWith("pipe:")) {
                reading.forEach(Fd::close);
                return List.of();
            }
            reading.add(Libc.openToRead(theirs));
        }
        return reading;
    }

    /**
     * What it holds where its listeners were, or something else is by now. The caller closes them.
     *
     * @param count how many it was given
     * @throws IOException if this process may not look there, with what to do
     */
    static List<Fd> listeners(int pid, int count) throws IOException {
        Optional<Fd> process = Libc.openProcess(pid);
        List<Fd> found = new ArrayList<>();
        if (process.isPresent()) {
            try (Fd held = process.get()) {
                for (int number = FIRST; number < FIRST + count; number++) {
                    Libc.descriptorOf(held, number).ifPresent(found::add);
                }
            } catch (LibcException e) {
                found.forEach(Fd::close);
                throw new IOException(
                        "the listeners of pid " + pid + " cannot be taken back: " + e.getMessage()
                                + ": does /proc/sys/kernel/yama/ptrace_scope let its user's other processes do that (0),"
                                + " or does a container's seccomp filter forbid it? Root may always",
                        e);
            }
        }
        return found;
    }
}
