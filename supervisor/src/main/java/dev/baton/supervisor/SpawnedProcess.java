package dev.baton.supervisor;

import dev.baton.handover.DaemonThread;
import dev.baton.handover.Fd;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * A child of ours. setsid(1) makes it the leader of a session and becomes the program by execve(2), the pid staying the
 * same, since a child of ours is never a group's leader before.
 */
final class SpawnedProcess extends WorkerProcess {
    private final Process process;

    private SpawnedProcess(int generation, Process process, ProcessIdentity identity, List<Fd> reading, Output out)
            throws IOException {
        super(generation, identity, reading.get(0), reading.get(1), out);
        this.process = process;
    }

    /**
     * Starts it.
     *
     * @param more environment on top of the program's
     * @param uid who it becomes
     */
    static SpawnedProcess start(int generation, Program program, Map<String, String> more, int uid, Output out)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(tool("setsid").toString());
        command.addAll(program.command());
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(new File("/dev/null"))
                .directory(
                        program.directory() == null ? null : program.directory().toFile());
        Map<String, String> environment = builder.environment();
        environment.clear();
        environment.putAll(program.environment());
        environment.putAll(more);
        List<OutputPipe> pipes = OutputPipe.openTwo();
        List<Fd> reading = OutputPipe.reading(pipes);
        try {
            // Our copies of what it writes to are closed by the time that it is looked at, which takes a descriptor.
            Process process = start(builder, pipes);
            return attended(generation, process, uid, reading, out);
        } catch (IOException e) {
            reading.forEach(Fd::close);
            throw e;
        }
    }

    private static Process start(ProcessBuilder builder, List<OutputPipe> pipes) throws IOException {
        try (Fd outs = pipes.get(0).write();
                Fd errs = pipes.get(1).write()) {
            return builder.redirectOutput(file(outs)).redirectError(file(errs)).start();
        } catch (OutOfMemoryError e) {
            throw DaemonThread.refused("process reaper", e); // it may run by now
        }
    }

    private static SpawnedProcess attended(int generation, Process process, int uid, List<Fd> reading, Output out)
            throws IOException {
        try {
            ProcessIdentity identity = ProcessIdentity.ofChild((int) process.pid(), uid);
            return new SpawnedProcess(generation, process, identity, reading, out);
        } catch (IOException e) {
            killUnwatched((int) process.pid());
            throw e;
        }
    }

    /** Opened by the JDK for the child, which is where it ends up. */
    private static File file(Fd fd) {
        return new File("/proc/self/fd/" + fd.number());
    }

    @Override
    boolean isAlive() {
        return process.isAlive();
    }

    @Override
    CompletableFuture<Exit> exit() {
        return process.onExit().thenApply(Process::exitValue).thenApply(this::ended);
    }
}
