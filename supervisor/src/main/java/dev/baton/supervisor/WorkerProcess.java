package dev.baton.supervisor;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import dev.baton.handover.LibcException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker's process: the leader of a session and process group of its own, so that a signal reaches whatever it
 * starts. This supervisor has spawned it, or taken it back from one that died.
 *
 * <p>Threading: any.
 */
abstract sealed class WorkerProcess permits SpawnedProcess, AdoptedProcess {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerProcess.class);

    /** How a JVM begins a line by which it says that it crashes, and that there will be a core. */
    private static final String CRASHES = "# Core dump will be written.";

    private final int generation;
    private final ProcessIdentity identity;
    private final Tail tail = new Tail();
    private final List<Fd> reading;
    private final CompletableFuture<Void> output;
    private final long oomKillsBefore = OomKills.soFar();
    private final CompletableFuture<Void> crash = new CompletableFuture<>();
    private volatile boolean killed;

    /** @param stdout what it prints there comes out here; both are the process's, to be closed */
    WorkerProcess(int generation, ProcessIdentity identity, Fd stdout, Fd stderr, Output out) throws IOException {
        this.generation = generation;
        this.identity = identity;
        String prefix = "[gen " + generation + " pid " + identity.pid() + "] ";
        Relay outs = Relay.start("baton-out-" + generation, OutputPipe.stream(stdout), line -> {
            hear(line);
            out.stdout(prefix, line);
        });
        Relay errs = Relay.start("baton-err-" + generation, OutputPipe.stream(stderr), line -> {
            hear(line);
            out.stderr(prefix, line);
        });
        this.reading = List.of(stdout, stderr);
        this.output = CompletableFuture.allOf(outs.end(), errs.end());
    }

    private void hear(String line) {
        tail.add(line);
        if (line.startsWith(CRASHES)) {
            crash.complete(null);
        }
    }

    /** Completes when it says that it crashes, as a JVM does; what follows may take long, and {@link #exit} comes last. */
    CompletableFuture<Void> crash() {
        return crash;
    }

    boolean isCrashing() {
        return crash.isDone();
    }

    abstract boolean isAlive();

    /** Completes when the process has ended, with how as far as that can be known. */
    abstract CompletableFuture<Exit> exit();

    ProcessIdentity identity() {
        return identity;
    }

    /** Where a program of util-linux is. */
    static Path tool(String name) throws IOException {
        return UtilLinux.find(name, Path.of("/"), System.getenv())
                .orElseThrow(() -> new IOException("there is no " + name + "(1) on the PATH: install util-linux"));
    }

    int pid() {
        return identity.pid();
    }

    /** Where what it prints comes out, standard output and error; empty where one of them has ended. */
    List<Fd> reading() {
        return reading.stream().allMatch(Fd::isOpen) ? reading : List.of();
    }

    /** Puts a word of ours among its last lines, for whoever looks there why it failed. */
    void remark(String text) {
        tail.add("baton: " + text);
    }

    List<String> lastLines() {
        return tail.lines();
    }

    /** Completes when all that it printed has been passed on; never, if another process holds its output open. */
    CompletableFuture<Void> output() {
        return output;
    }

    /** Signals it and whatever it has started. */
    void signal(Signal signal) {
        if (!isAlive()) {
            return;
        }
        LOG.info("signal={} generation={} pid={}", signal, generation, pid());
        killed |= signal == Signal.KILL;
        try {
            // Before setsid(1) has run there is no such group yet.
            if (!Libc.kill(-pid(), signal.number()) && isAlive()) {
                Libc.kill(pid(), signal.number());
            }
        } catch (LibcException e) {
            LOG.warn("signal={} generation={} pid={} not sent: {}", signal, generation, pid(), e.getMessage());
        }
    }

    /** How it ended, by its exit status, as {@link Exit#of} takes it. */
    final Exit ended(int status) {
        Exit exit = Exit.of(status);
        return status == Exit.KILLED && !killed && OomKills.soFar() > oomKillsBefore ? exit.whenMemoryRanOut() : exit;
    }

    /** Kills one that has just been started, and cannot be watched. */
    static void killUnwatched(int pid) {
        try {
            Libc.kill(-pid, Signal.KILL.number());
            Libc.kill(pid, Signal.KILL.number());
        } catch (LibcException e) {
            LOG.warn("pid={} cannot be watched, nor killed: {}", pid, e.getMessage());
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
