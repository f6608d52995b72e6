package dev.baton.supervisor;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes archives out of what workers have noted down, one at a time, and removes those that were not used for longest.
 *
 * <p>Threading: any. Ownership: {@link #close} ends what is being made.
 */
final class ClassArchiveMaker implements Closeable {
    /** How the names of archives end. */
    static final String SUFFIX = ".jsa";

    private static final Logger LOG = LoggerFactory.getLogger(ClassArchiveMaker.class);

    /** Those of versions that one may go back to. */
    private static final int MOST = 4;

    private static final long LONGEST_SECONDS = 120;
    private static final long LONGEST_END_MILLIS = 1000;
    /** What classes of other loaders than the application's own are marked by in a list. */
    private static final String OTHER_LOADER = " source: ";

    private final Set<Path> failed = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;
    private volatile Process making;
    private volatile Thread maker;

    /** Whether it was tried, in vain: it would be again. */
    boolean hasFailed(Path archive) {
        return failed.contains(archive);
    }

    /** Makes an archive, on a thread of its own. */
    void make(ClassRecording recording) {
        Thread thread = new Thread(() -> makeNow(recording), "baton-class-archive");
        thread.setDaemon(true);
        maker = thread;
        thread.start();
    }

    private synchronized void makeNow(ClassRecording recording) {
        Path archive = recording.archive();
        Path fresh = Path.of(recording.list() + ".new");
        Path list = Path.of(recording.list() + ".own.classes");
        Path words = Path.of(recording.list() + ".log");
        try {
            if (closed || Files.exists(archive)) {
                return;
            }
            try (Stream<String> lines = Files.lines(recording.list(), StandardCharsets.UTF_8)) {
                Files.write(list, (Iterable<String>) lines.filter(line -> !line.contains(OTHER_LOADER))::iterator);
            }
            long start = System.nanoTime();
            run(recording, list, fresh, words);
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-------"));
            Files.move(fresh, archive, StandardCopyOption.ATOMIC_MOVE);
            prune(archive.getParent());
            LOG.info(
                    "class-archive={} made size={} took={}ms",
                    archive,
                    Files.size(archive),
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
        } catch (IOException e) {
            if (!closed) {
                failed.add(archive);
                LOG.warn(
                        "class-archive={} could not be made, and starts go on without it: {}", archive, e.getMessage());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            recording.discard();
            Stream.of(fresh, list, words).forEach(ClassRecording::deleteQuietly);
        }
    }

    private void run(ClassRecording recording, Path list, Path fresh, Path words)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(recording.command());
        command.addAll(List.of("-Xshare:dump", "-XX:SharedClassListFile=" + list, "-XX:SharedArchiveFile=" + fresh));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(
                        recording.directory() == null
                                ? null
                                : recording.directory().toFile())
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(words.toFile());
        builder.environment().clear();
        Process process = builder.start();
        making = process;
        try {
            boolean ended = !closed && process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS);
            if (!ended || process.exitValue() != 0 || !Files.exists(fresh)) {
                throw new IOException(command.get(3) + " -Xshare:dump "
                        + (ended ? "ended with " + process.exitValue() : "was ended") + lastOf(words));
            }
        } finally {
            making = null;
            process.destroyForcibly();
        }
    }

    private static String lastOf(Path words) throws IOException {
        try (Stream<String> lines = Files.lines(words, StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> !line.isBlank())
                    .reduce((before, last) -> last)
                    .map(last -> ": " + last)
                    .orElse("");
        }
    }

    private static void prune(Path directory) throws IOException {
        List<Path> archives = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
            found.forEach(archives::add);
        }
        archives.sort(Comparator.comparing(ClassArchiveMaker::lastUsed).reversed());
        archives.stream().skip(MOST).forEach(ClassRecording::deleteQuietly);
    }

    private static FileTime lastUsed(Path archive) {
        try {
            return Files.getLastModifiedTime(archive);
        } catch (IOException e) {
            return FileTime.fromMillis(0); // gone meanwhile
        }
    }

    @Override
    public void close() {
        closed = true;
        Process process = making;
        if (process != null) {
            process.destroyForcibly();
            awaitCleaned(maker);
        }
    }

    private static void awaitCleaned(Thread maker) {
        try {
            maker.join(LONGEST_END_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
