package dev.baton.supervisor;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import dev.baton.handover.LibcException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which process of all that this machine has run since it was booted: a pid is used again, but not within the same tick
 * of the clock.
 *
 * @param startTime in clock ticks since the boot; 0 where it was gone before it could be looked at
 * @param uid as whom it began to run
 */
record ProcessIdentity(int pid, long startTime, int uid) {
    private static final int SESSION = 6;
    private static final int NICE = 19;
    private static final int START_TIME = 22;
    /** The first field behind the name, which may hold blanks and parentheses of its own. */
    private static final int BEHIND_NAME = 3;

    /** What /proc says of a pid: proc(5). Empty where there is no such process. */
    static Optional<ProcessIdentity> of(int pid) {
        Path process = Path.of("/proc", Integer.toString(pid));
        try {
            return Optional.of(new ProcessIdentity(pid, startTime(process), uid(process)));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Whoever it runs as by now: many a program begins as root, and goes on as somebody else. */
    boolean isSameProcess(ProcessIdentity other) {
        return pid == other.pid && startTime == other.startTime;
    }

    /** Whether it has not ended: held first, and looked at then, so that it is none other; a zombie has. */
    boolean isAlive() throws LibcException {
        Optional<Fd> process = Libc.openProcess(pid);
        if (process.isEmpty()) {
            return false;
        }
        try (Fd held = process.get()) {
            return of(pid).filter(this::isSameProcess).isPresent()
                    && !Libc.await(held, Libc.Readiness.READ, Duration.ZERO);
        }
    }

    static Optional<ProcessIdentity> ofThis() {
        return of((int) ProcessHandle.current().pid());
    }

    /**
     * One of this process's children, which may have ended.
     *
     * @throws IOException if it is there and cannot be looked at, like where there are no descriptors left
     */
    static ProcessIdentity ofChild(int pid, int uid) throws IOException {
        Path process = Path.of("/proc", Integer.toString(pid));
        try {
            return new ProcessIdentity(pid, startTime(process), uid);
        } catch (IOException e) {
            if (Files.exists(process)) {
                throw e;
            }
            return new ProcessIdentity(pid, 0, uid);
        }
    }

    /** The session that a process is in, credentials(7); empty where there is no such process. */
    static OptionalInt sessionOf(int pid) {
        return number(pid, SESSION);
    }

    /** The nice value of a process, sched(7); empty where there is none. */
    static OptionalInt niceOf(int pid) {
        return number(pid, NICE);
    }

    private static OptionalInt number(int pid, int field) {
        try {
            return OptionalInt.of((int) stat(Path.of("/proc", Integer.toString(pid)), field));
        } catch (IOException e) {
            return OptionalInt.empty();
        }
    }

    private static long startTime(Path process) throws IOException {
        return stat(process, START_TIME);
    }

    private static long stat(Path process, int field) throws IOException {
        String stat = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return Long.parseLong(fields[field - BEHIND_NAME]);
    }

    private static int uid(Path process) throws IOException {
        for (String line : Files.readAllLines(process.resolve("status"), StandardCharsets.ISO_8859_1)) {
            if (line.startsWith("Uid:")) {
                return Integer.parseUnsignedInt(line.split("\\s+")[1]);
            }
        }
        throw new IOException(process + " has no owner");
    }

    /** Of this boot of the machine: random(4). Numbers of another one say nothing. */
    static String boot() throws IOException {
        return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    }
}
