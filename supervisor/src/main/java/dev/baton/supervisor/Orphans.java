package dev.baton.supervisor;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import dev.baton.handover.LibcException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a supervisor that died has left running and nobody knows of: a worker that it had just spawned and not recorded
 * yet, or the children of one that is dead. They are known by their environment, proc(5), which names the handover
 * socket, and the token of the worker that they are or belong to. A process's first environment cannot be read by
 * others, and one that claims to be such a process only ends itself.
 */
final class Orphans {
    private static final Logger LOG = LoggerFactory.getLogger(Orphans.class);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    /** Whoever is killed may just have started another. */
    private static final int ROUNDS = 3;

    private static final String TOKEN = "BATON_TOKEN=";

    private final Path handover;
    private final Predicate<Set<String>> isMeant;
    private final Set<Long> spared = new HashSet<>();

    /** Of a supervisor that listened there, those that belong to none of the workers which are known by these tokens. */
    static Orphans without(Collection<String> tokens, Path handover) {
        return new Orphans(
                handover, environment -> tokens.stream().noneMatch(token -> environment.contains(TOKEN + token)));
    }

    /** Of the supervisor that listens there, the worker that was to have this token. */
    static Orphans with(String token, Path handover) {
        return new Orphans(handover, environment -> environment.contains(TOKEN + token));
    }

    private Orphans(Path handover, Predicate<Set<String>> isMeant) {
        this.handover = handover.toAbsolutePath();
        this.isMeant = isMeant;
        // Started by a worker of its own app, a supervisor would else kill the shell that it was started from.
        for (Optional<ProcessHandle> self = Optional.of(ProcessHandle.current());
                self.isPresent();
                self = self.get().parent()) {
            spared.add(self.get().pid());
        }
    }

    /** Kills them, and waits until they are gone: as long as one lives, the listeners that it was given are bound. */
    void kill() throws IOException {
        for (int round = 0; round < ROUNDS; round++) {
            List<Fd> killed = new ArrayList<>();
            try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
                for (Path process : processes) {
                    kill(Integer.parseInt(process.getFileName().toString())).ifPresent(killed::add);
                }
            }
            for (Fd process : killed) {
                try (process) {
                    Libc.await(process, Libc.Readiness.READ, PATIENCE);
                }
            }
            if (killed.isEmpty()) {
                return;
            }
        }
    }

    /** Held first, and looked at then, so that it is none other that is killed. */
    private Optional<Fd> kill(int pid) throws LibcException {
        if (!isOrphan(pid)) {
            return Optional.empty();
        }
        Optional<Fd> process = Libc.openProcess(pid);
        if (process.isPresent() && !isOrphan(pid)) {
            process.get().close();
            return Optional.empty();
        }
        LOG.warn("pid={} belongs to no worker that is known, and lives: killed", pid);
        Libc.kill(pid, Signal.KILL.number());
        return process;
    }

    /** The same path may be another directory to a process in a container of its own. */
    private boolean isHere(Path process) throws IOException {
        Path directory = handover.getParent();
        Path theirs = process.resolve("root").resolve(Path.of("/").relativize(directory));
        return Files.isSameFile(theirs, directory);
    }

    private boolean isOrphan(int pid) {
        if (spared.contains((long) pid)) {
            return false;
        }
        try {
            Path process = Path.of("/proc", Integer.toString(pid));
            Set<String> environment =
                    new HashSet<>(List.of(Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1)
                            .split("\0")));
            return environment.contains("BATON_HANDOVER=" + handover) && isHere(process) && isMeant.test(environment);
        } catch (IOException | IllegalArgumentException e) {
            return false; // gone, or not to be looked into
        }
    }
}
