package dev.baton.supervisor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * HotSpot's optimizing compiler, C2, in another process, as the kernel sees its threads: {@code /proc/PID/task/TID/comm}
 * and {@code schedstat}, proc(5). What a server is asked makes it work for seconds, long after answers have stopped to
 * get quicker to any eye; and a server that is not compiled yet cannot carry what one that is carries easily.
 *
 * <p>Threading: one.
 */
final class OptimizingCompiler {
    /** The kernel keeps fifteen characters of {@code C2 CompilerThread0}. */
    private static final String THREAD = "C2 CompilerThre";

    private static final long PERIOD_NANOS = Duration.ofMillis(500).toNanos();

    /** Below this share of a period it has nothing to do that would be worth to wait for. */
    private static final double BUSY = 0.1;

    private final Path tasks;
    private final LongSupplier clock;
    private Map<Path, Long> before;
    private long lookedAt;
    private boolean busy;

    /**
     * That of the process whose threads these are.
     *
     * @param tasks their directory
     * @param clock in nanoseconds
     */
    OptimizingCompiler(Path tasks, LongSupplier clock) {
        this.tasks = tasks;
        this.clock = clock;
        this.lookedAt = clock.getAsLong();
        this.before = wanted();
        this.busy = !before.isEmpty();
    }

    /** That of a process; one that has no such compiler, or cannot be looked at, is never busy. */
    static OptimizingCompiler of(int pid) {
        return new OptimizingCompiler(Path.of("/proc", Integer.toString(pid), "task"), System::nanoTime);
    }

    /** Whether it has worked, or waited for a processor to work on, in the half second before the last look. */
    boolean isBusy() {
        long now = clock.getAsLong();
        if (busy && now - lookedAt >= PERIOD_NANOS) {
            Map<Path, Long> after = wanted();
            long nanos = 0;
            for (Map.Entry<Path, Long> thread : after.entrySet()) {
                nanos += thread.getValue() - before.getOrDefault(thread.getKey(), 0L);
            }
            busy = nanos > BUSY * (now - lookedAt);
            before = after;
            lookedAt = now;
        }
        return busy;
    }

    /** How long each of its threads has run, or waited to run, in nanoseconds. They come and go. */
    private Map<Path, Long> wanted() {
        Map<Path, Long> wanted = new HashMap<>();
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(tasks)) {
            for (Path thread : threads) {
                read(thread.resolve("comm"))
                        .filter(THREAD::equals)
                        .flatMap(name -> read(thread.resolve("schedstat")))
                        .ifPresent(schedstat -> wanted.put(thread.getFileName(), runAndDelay(schedstat)));
            }
        } catch (IOException e) {
            return Map.of(); // it is gone
        }
        return wanted;
    }

    private static long runAndDelay(String schedstat) {
        String[] words = schedstat.split(" ");
        return Long.parseLong(words[0]) + Long.parseLong(words[1]);
    }

    private static Optional<String> read(Path file) {
        try {
            return Optional.of(
                    Files.readString(file, StandardCharsets.ISO_8859_1).strip());
        } catch (IOException e) {
            return Optional.empty(); // the thread has ended, or the kernel keeps no such statistics
        }
    }
}
