package dev.baton.supervisor;

import dev.baton.handover.Libc;
import dev.baton.handover.LibcException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker's process: the leader of a session and process group of its own, so that a signal reaches whatever it
 * starts. setsid(1) makes it one and becomes the program by execve(2), the pid staying the same, since a child of
 * ours is never a group's leader before.
 *
 * <p>Threading: any.
 */
final class WorkerProcess {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerProcess.class);

    private final int generation;
    private final Process process;
    private final Tail tail = new Tail();
    private final CompletableFuture<Void> output;

    private WorkerProcess(int generation, Process process, Output out) {
        this.generation = generation;
        this.process = process;
        String prefix = "[gen " + generation + " pid " + process.pid() + "] ";
        Relay stdout = Relay.start("baton-out-" + generation, process.getInputStream(), line -> {
            tail.add(line);
            out.stdout(prefix + line);
        });
        Relay stderr = Relay.start("baton-err-" + generation, process.getErrorStream(), line -> {
            tail.add(line);
            out.stderr(prefix + line);
        });
        this.output = CompletableFuture.allOf(stdout.end(), stderr.end());
    }

    /**
     * Starts it.
     *
     * @param more environment on top of the program's
     */
    static WorkerProcess start(int generation, Program program, Map<String, String> more, Output out)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(setsid().toString());
        command.addAll(program.command());
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(new File("/dev/null"))
                .directory(
                        program.directory() == null ? null : program.directory().toFile());
        Map<String, String> environment = builder.environment();
        environment.clear();
        environment.putAll(program.environment());
        environment.putAll(more);
        return new WorkerProcess(generation, builder.start(), out);
    }

    private static Path setsid() throws IOException {
        String path = System.getenv().getOrDefault("PATH", "") + ":/usr/bin:/bin";
        for (String entry : path.split(":")) {
            Path file = Path.of(entry, "setsid");
            if (file.isAbsolute() && Files.isExecutable(file)) {
                return file;
            }
        }
        throw new IOException("there is no setsid(1) on the PATH: install util-linux");
    }

    int pid() {
        return (int) process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Puts a word of ours among its last lines, for whoever looks there why it failed. */
    void remark(String text) {
        tail.add("baton: " + text);
    }

    List<String> lastLines() {
        return tail.lines();
    }

    /** Completes when the process has been reaped, with how it ended. */
    CompletableFuture<Exit> exit() {
        return process.onExit().thenApply(ended -> Exit.of(ended.exitValue()));
    }

    /** Completes when all that it printed has been passed on; never, if another process holds its output open. */
    CompletableFuture<Void> output() {
        return output;
    }

    /** Signals it and whatever it has started. */
    void signal(Signal signal) {
        if (!process.isAlive()) {
            return;
        }
        LOG.info("signal={} generation={} pid={}", signal, generation, pid());
        try {
            // Before setsid(1) has run there is no such group yet.
            if (!Libc.kill(-pid(), signal.number()) && process.isAlive()) {
                Libc.kill(pid(), signal.number());
            }
        } catch (LibcException e) {
            LOG.warn("signal={} generation={} pid={} not sent: {}", signal, generation, pid(), e.getMessage());
        }
    }

    /** Kills what an exited worker has left behind. As long as any of it lives, its group's number is not reused. */
    void killRest() {
        try {
            if (Libc.kill(-pid(), Signal.KILL.number())) {
                LOG.info("generation={} pid={} had left processes behind: killed", generation, pid());
            }
        } catch (LibcException e) {
            LOG.warn("generation={} pid={} left processes behind: {}", generation, pid(), e.getMessage());
        }
    }
}
