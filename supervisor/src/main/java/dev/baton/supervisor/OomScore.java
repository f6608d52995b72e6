package dev.baton.supervisor;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a worker is the first that the kernel kills when memory runs out, of the machine or of its cgroup:
 * {@code /proc/PID/oom_score_adj}, proc(5). Else it takes whoever has most, which is the one that has served for long.
 *
 * <p>Nobody goes first who could not be put back, nor who has a value of his own. What a worker starts begins with its
 * value.
 *
 * @param session the worker's pid, which leads it
 */
record OomScore(int session) {
    /**
     * Counts as if it had nearly all the memory there is. No number that people write: it tells who was put first, also to
     * another supervisor.
     */
    static final int FIRST = 999;

    /** Whoever is looked at may just have started another. */
    private static final int MOST_ROUNDS = 10;

    private static final Logger LOG = LoggerFactory.getLogger(OomScore.class);

    void goFirst(boolean first) {
        if (!first) {
            putBack(session);
            return;
        }
        OptionalInt ours = ours();
        if (ours.isPresent() && canBePutBack(ours.getAsInt())) {
            set(session, FIRST);
        }
    }

    /** The others of its session, each of which was begun while the worker went first: for that all processes are looked at. */
    void putOthersBack() {
        boolean found = true;
        for (int round = 0; found && round < MOST_ROUNDS; round++) {
            found = false;
            for (int pid : processes()) {
                found |= putBack(pid);
            }
        }
    }

    /** @return whether it went first */
    private static boolean putBack(int pid) {
        OptionalInt ours = ours();
        if (ours.isEmpty() || of(pid).orElse(ours.getAsInt()) != FIRST) {
            return false;
        }
        boolean isBack = set(pid, ours.getAsInt());
        if (!isBack && of(pid).isPresent()) {
            LOG.warn("pid={} is still the first to be killed where memory runs out", pid);
        }
        return isBack;
    }

    /** Empty where we go first ourselves, which is nothing that could be told apart. */
    private static OptionalInt ours() {
        OptionalInt ours = of((int) ProcessHandle.current().pid());
        return ours.isPresent() && ours.getAsInt() < FIRST ? ours : OptionalInt.empty();
    }

    /** Less than before takes {@code CAP_SYS_RESOURCE}, or that no such privilege has ever set more. */
    private boolean canBePutBack(int ours) {
        return of(session).orElse(FIRST) == ours && set(session, ours + 1) && set(session, ours);
    }

    private List<Integer> processes() {
        return ProcessHandle.allProcesses()
                .map(process -> (int) process.pid())
                .filter(pid -> ProcessIdentity.sessionOf(pid).orElse(0) == session)
                .toList();
    }

    /** The value of a process; empty where there is none. */
    static OptionalInt of(int pid) {
        try {
            return OptionalInt.of(Integer.parseInt(
                    Files.readString(file(pid), StandardCharsets.US_ASCII).strip()));
        } catch (IOException e) {
            return OptionalInt.empty();
        }
    }

    private static boolean set(int pid, int value) {
        try (FileOutputStream out = new FileOutputStream(file(pid).toFile())) {
            out.write(Integer.toString(value).getBytes(StandardCharsets.US_ASCII));
            return true;
        } catch (IOException e) {
            LOG.debug("pid={} oom_score_adj={}: {}", pid, value, e.getMessage());
            return false;
        }
    }

    private static Path file(int pid) {
        return Path.of("/proc", Integer.toString(pid), "oom_score_adj");
    }
}
