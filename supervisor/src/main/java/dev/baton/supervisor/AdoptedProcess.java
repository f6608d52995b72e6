package dev.baton.supervisor;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import dev.baton.handover.LibcException;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker that another supervisor has spawned, and left. It is no child of ours, so that its end is seen on a
 * descriptor that stands for it: pidfd_open(2). What it prints comes over two new pipes once it has been given them.
 */
final class AdoptedProcess extends WorkerProcess {
    private static final Logger LOG = LoggerFactory.getLogger(AdoptedProcess.class);

    private final Fd process;
    private final List<Fd> output;
    private final CompletableFuture<Exit> exit = new CompletableFuture<>();

    private AdoptedProcess(int generation, ProcessIdentity identity, Fd process, Pipe stdout, Pipe stderr, Output out) {
        super(generation, identity, stdout.in, stderr.in, out);
        this.process = process;
        this.output = List.of(stdout.out, stderr.out);
        Thread thread = new Thread(this::awaitExit, "baton-exit-" + generation);
        thread.setDaemon(true);
        thread.start();
    }

    private record Pipe(InputStream in, Fd out) {
        static Pipe open() throws IOException {
            Fd[] ends = Libc.pipe();
            try (Fd in = ends[0]) {
                return new Pipe(new FileInputStream("/proc/self/fd/" + in.number()), ends[1]);
            } catch (IOException e) {
                ends[1].close();
                throw e;
            }
        }
    }

    /**
     * Takes a process over, if it lives and is still the same. It is held first and looked at then: whatever has this
     * pid while we look is what we hold.
     */
    static Optional<AdoptedProcess> find(int generation, ProcessIdentity identity, Output out) throws IOException {
        Optional<Fd> found = Libc.openProcess(identity.pid());
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Fd process = found.get();
        boolean same = false;
        try {
            same = ProcessIdentity.of(identity.pid()).filter(identity::equals).isPresent() && !hasEnded(process);
            return same
                    ? Optional.of(new AdoptedProcess(generation, identity, process, Pipe.open(), Pipe.open(), out))
                    : Optional.empty();
        } finally {
            if (!same) {
                process.close();
            }
        }
    }

    private static boolean hasEnded(Fd process) throws LibcException {
        return Libc.await(process, Libc.Readiness.READ, Duration.ZERO);
    }

    private void awaitExit() {
        Exit how = Exit.unseen();
        try {
            Libc.await(process, Libc.Readiness.READ, null);
        } catch (LibcException e) {
            LOG.error("pid={} cannot be watched any more, and is taken for dead", pid(), e);
        }
        closeOutput();
        exit.complete(how);
        process.close();
    }

    @Override
    boolean isAlive() {
        return !exit.isDone();
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
