package dev.baton.supervisor;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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

    private static final long LONGEST_SECONDS = 120;
    private static final long LONGEST_END_MILLIS = 1000;
    private static final int LONGEST_WORDS = 1000;

    /**
     * Whoever runs the workers does all of this, for the directory is theirs: a supervisor of root's would follow links
     * of theirs. First the list without the classes of other loaders than the application's own, which are marked in it;
     * the shell then becomes the JVM, so that who ends the one ends the other.
     */
    private static final String MAKE = "umask 077; sed '/ source: /d' \"$1\" >\"$2\" || exit; shift 2; exec \"$@\"";

    /**
     * Puts it in its place; four are kept, of versions that one may go back to. What supervisors have left there that
     * were killed goes, too, or stays for the next time.
     */
    private static final String KEEP = "chmod 400 \"$1\" && mv -f \"$1\" \"$2\" && cd \"${2%/*}\" || exit;"
            + " ls -t | grep '\\.jsa$' | tail -n +5 | xargs rm -f --;"
            + " find . -maxdepth 1 \\( -name '*.classes' -o -name '*.new' \\) -mmin +60 -exec rm -f {} +; true";

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
        try {
            if (closed || Files.exists(archive)) {
                return;
            }
            long start = System.nanoTime();
            List<String> making = new ArrayList<>(
                    List.of("/bin/sh", "-c", MAKE, "sh", recording.list().toString(), list.toString()));
            making.addAll(recording.command());
            making.addAll(List.of("-Xshare:dump", "-XX:SharedClassListFile=" + list, "-XX:SharedArchiveFile=" + fresh));
            run(recording, making);
            run(recording, List.of("/bin/sh", "-c", KEEP, "sh", fresh.toString(), archive.toString()));
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
            Stream.of(fresh, list).forEach(ClassRecording::deleteQuietly);
        }
    }

    private void run(ClassRecording recording, List<String> what) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(recording.before());
        command.addAll(what);
        Path words = Files.createTempFile("baton-class-archive", ".log");
        try (FileChannel said = FileChannel.open(words)) {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(
                            recording.directory() == null
                                    ? null
                                    : recording.directory().toFile())
                    .redirectErrorStream(true)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(words.toFile());
            builder.environment().clear();
            builder.environment().put("PATH", "/usr/bin:/bin");
            await(start(builder, words), said);
        }
    }

    /** Both have its words open then, and nothing is left behind by a supervisor that is killed meanwhile. */
    private static Process start(ProcessBuilder builder, Path words) throws IOException {
        try {
            return builder.start();
        } finally {
            Files.delete(words);
        }
    }

    private void await(Process process, FileChannel said) throws IOException, InterruptedException {
        making = process;
        try {
            boolean ended = !closed && process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS);
            if (!ended || process.exitValue() != 0) {
                throw new IOException(
                        "what makes it " + (ended ? "ended with " + process.exitValue() : "was ended") + lastOf(said));
            }
        } finally {
            making = null;
            process.destroyForcibly();
        }
    }

    /** Of its words, of which there may be any number. */
    private static String lastOf(FileChannel words) throws IOException {
        ByteBuffer end = ByteBuffer.allocate(LONGEST_WORDS);
        words.read(end, Math.max(0, words.size() - LONGEST_WORDS));
        return new String(end.array(), 0, end.position(), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.isBlank())
                .reduce((before, last) -> last)
                .map(last -> ": " + Tail.plain(last))
                .orElse("");
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
