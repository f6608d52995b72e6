package dev.baton.supervisor;

import dev.baton.handover.DaemonThread;
import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import dev.baton.handover.LibcException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker that the JDK knows nothing of: another program has spawned it, and left it to this one, or this one has, by
 * other means. Its end is seen on a descriptor that stands for it:
 * pidfd_open(2). How it ended is known where that program was in this very process, and so the worker is our child.
 * What it prints then comes as before; else over two new pipes, once it has been given them.
 */
final class AdoptedProcess extends WorkerProcess {
    private static final Logger LOG = LoggerFactory.getLogger(AdoptedProcess.class);

    private static final Duration END = Duration.ofSeconds(1);

    private final Fd process;
    private final List<Fd> output;
    private final CompletableFuture<Exit> exit = new CompletableFuture<>();

    private AdoptedProcess(
            int generation, ProcessIdentity identity, Fd process, List<Fd> reading, List<Fd> output, Output out)
            throws IOException {
        super(generation, identity, reading.get(0), reading.get(1), out);
        this.process = process;
        this.output = output;
        DaemonThread.start("baton-exit-" + generation, this::awaitExit);
    }

    /**
     * A child that this process has started, though not by the JDK.
     *
     * @param uid who it becomes
     * @param reading where what it prints comes out
     * @throws IOException if it cannot be watched; it lives, and is to be {@link #end}ed
     */
    static AdoptedProcess ofChild(int generation, int pid, int uid, List<Fd> reading, Output out) throws IOException {
        Optional<Fd> process = Optional.empty();
        try {
            process = Libc.openProcess(pid);
            Fd watched = process.orElseThrow(() -> new IOException("pid " + pid + ", a child, is gone"));
            return new AdoptedProcess(generation, ProcessIdentity.ofChild(pid, uid), watched, reading, List.of(), out);
        } catch (IOException e) {
            process.ifPresent(Fd::close);
            throw e;
        }
    }

    /** Kills a child that nobody watches, and reaps it, as the JDK does with its own. It takes a descriptor. */
    static void end(int pid) {
        killUnwatched(pid);
        try {
            Optional<Fd> process = Libc.openProcess(pid);
            if (process.isPresent()) {
                try (Fd killed = process.get()) {
                    Libc.await(killed, Libc.Readiness.READ, END);
                    Libc.reap(killed);
                }
            }
        } catch (LibcException e) {
            LOG.warn("pid={} cannot be reaped: {}", pid, e.getMessage());
        }
    }

    /**
     * Takes a process over, if it is there and still the same. It is held first and looked at then: whatever has this
     * pid while we look is what we hold.
     *
     * @param reading where what it prints comes out, if this process has that already; it is the adopted one's then
     */
    static Optional<AdoptedProcess> find(int generation, ProcessIdentity identity, List<Fd> reading, Output out)
            throws IOException {
        Optional<Fd> found = Libc.openProcess(identity.pid());
        boolean same = found.isPresent()
                && ProcessIdentity.of(identity.pid())
                        .filter(identity::isSameProcess)
                        .isPresent();
        if (!same) {
            found.ifPresent(Fd::close);
            reading.forEach(Fd::close);
            return Optional.empty();
        }
        if (!reading.isEmpty()) {
            return Optional.of(new AdoptedProcess(generation, identity, found.get(), reading, List.of(), out));
        }
        List<OutputPipe> pipes = OutputPipe.openTwo();
        return Optional.of(new AdoptedProcess(
                generation,
                identity,
                found.get(),
                OutputPipe.reading(pipes),
                pipes.stream().map(OutputPipe::write).toList(),
                out));
    }

    private void awaitExit() {
        Exit how = Exit.unseen();
        try {
            Libc.await(process, Libc.Readiness.READ, null);
            OptionalInt status = Libc.reap(process);
            how = status.isPresent() ? ended(status.getAsInt()) : Exit.unseen();
        } catch (LibcException e) {
            LOG.error("pid={} cannot be watched any more, and is taken for dead", pid(), e);
        }
        closeOutput();
        exit.complete(how);
        synchronized (process) {
            process.close();
        }
    }

    @Override
    boolean isAlive() {
        synchronized (process) {
            try {
                return !exit.isDone() && !Libc.await(process, Libc.Readiness.READ, Duration.ZERO);
            } catch (LibcException e) {
                return true; // until it is seen to have ended
            }
        }
    }

    @Override
    CompletableFuture<Exit> exit() {
        return exit;
    }

    /** The ends that it is to write to, standard output and error; they stay ours, until it has them. */
    List<Fd> outputEnds() {
        return output.stream().filter(Fd::isOpen).toList();
    }

    /** It has its own copies: with them ends what it prints. */
    void closeOutput() {
        output.forEach(Fd::close);
    }
}
