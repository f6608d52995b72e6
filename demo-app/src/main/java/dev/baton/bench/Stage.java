package dev.baton.bench;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Where the benchmark's programs live, with a directory for their files, so that nothing stays behind however it ends.
 *
 * <p>Threading: any. Ownership: {@link #close} ends all that is still there, the last first, and deletes the directory.
 */
final class Stage implements Closeable {
    private final Path directory;
    private final Path runtimes;
    private final Deque<Closeable> there = new ArrayDeque<>();
    private int directories;
    private boolean closed;

    private Stage(Path directory, Path runtimes) {
        this.directory = directory;
        this.runtimes = runtimes;
    }

    /**
     * A stage that is cleared when the JVM ends, too: by Ctrl-C, say.
     *
     * @param runtimes where supervisors have their runtime directories: in memory, as all below /run is; a write of the
     *     state waits for the disk otherwise
     */
    static Stage open(Path runtimes) throws IOException {
        Path directory = Files.createTempDirectory("baton-bench-");
        Stage stage = new Stage(directory, runtimes);
        stage.keep(() -> delete(directory));
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            try {
                                stage.close();
                            } catch (IOException e) {
                                System.err.println("bench: " + e.getMessage());
                            }
                        },
                        "bench-clear"));
        return stage;
    }

    /** A directory of its own for somebody's files. */
    synchronized Path directory(String whose) throws IOException {
        return Files.createDirectory(directory.resolve(++directories + "-" + whose));
    }

    /** One for a supervisor's state and sockets. */
    synchronized Path runtimeDirectory() throws IOException {
        Path found = Files.createTempDirectory(runtimes, "baton-bench-");
        keep(() -> delete(found));
        return found;
    }

    /** Starts a program that is ended with the stage, unless it was before. */
    synchronized Program start(String name, ProcessBuilder builder) throws IOException {
        if (closed) {
            throw new IOException("the benchmark is being ended; " + name + " is not started any more");
        }
        Program program = Program.start(name, builder);
        there.push(program);
        return program;
    }

    Program start(String name, List<String> command) throws IOException {
        return start(name, command, Map.of());
    }

    /** @param environment beside the benchmark's own */
    Program start(String name, List<String> command, Map<String, String> environment) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        return start(name, builder);
    }

    /** Has something closed with the stage that is no program it has started. */
    synchronized void keep(Closeable thing) {
        there.push(thing);
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        List<Exception> failures = new ArrayList<>();
        while (!there.isEmpty()) {
            try {
                there.pop().close();
            } catch (IOException | RuntimeException e) {
                failures.add(e);
            }
        }
        if (!failures.isEmpty()) {
            throw new IOException("not all is cleared away that was started: " + failures);
        }
    }

    private static void delete(Path tree) throws IOException {
        if (Files.exists(tree)) {
            try (Stream<Path> files = Files.walk(tree)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }
}
