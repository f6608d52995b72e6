package dev.baton.supervisor;

import java.io.Closeable;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Archives of the classes that a command loads, which let its JVM start sooner: {@code [start] cache}. Where there is
 * none yet a worker notes down what it loads. When it has served for a while a process of its own, which yields to
 * everything else, makes the archive out of that; so that neither a start nor an end waits for it. The next worker of
 * the same command, JDK and jars is started with it.
 *
 * <p>Whatever goes wrong here costs the archive, and never the start. A JVM looks at an archive before it trusts it, and
 * goes on without one that does not fit.
 *
 * <p>Threading: any. Ownership: {@link #close} ends what is being made.
 */
final class ClassArchives implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(ClassArchives.class);

    private static final String NATIVE_ACCESS = "--enable-native-access=ALL-UNNAMED";
    private static final int GROUP_OR_OTHERS_WRITE = 0022;

    private final Map<Integer, ClassRecording> recordings = new ConcurrentHashMap<>();
    /** Of those that are taken, and no archive is made of yet. */
    private final Set<ClassRecording> taken = ConcurrentHashMap.newKeySet();

    private final ClassArchiveMaker maker = new ClassArchiveMaker();
    private Optional<ClassRecording> own = own(System.getenv());
    private volatile boolean swept;

    /**
     * The program with what it takes to use an archive, or to become able to.
     *
     * @param directory where the archives are; those of another user have one beside it
     * @param user whom it will run as, if that is not this process's own
     */
    Program prepare(Path directory, Optional<OtherUser> user, int generation, Program program) {
        try {
            Optional<JavaCommand> java = Program.isJava(program.command())
                    ? JavaCommand.of(program.command(), program.environment())
                    : Optional.empty();
            if (java.isEmpty()) {
                return program;
            }
            Path home = program.file().toRealPath().resolveSibling("..").normalize();
            if (!Files.exists(home.resolve("lib/server/classes.jsa"))) {
                return program; // not HotSpot, or one that shares no classes
            }
            Optional<OtherUser> stranger = user.isPresent() && user.get().isStranger() ? user : Optional.empty();
            Path place = stranger.isPresent() ? placeOf(stranger.get(), directory) : directory;
            if (stranger.isEmpty()) {
                requireDirectory(place, Identity.uid());
                sweepOnce(place);
            }
            String key = key(home, java.get(), program, stranger);
            Path archive = place.resolve(key + ClassArchiveMaker.SUFFIX);
            if (Files.exists(archive)) {
                if (stranger.isEmpty()) { // root would touch whatever a stranger's link leads to
                    Files.setLastModifiedTime(archive, FileTime.from(Instant.now()));
                }
                return program.with(
                        "-XX:SharedArchiveFile=" + archive, "-Xshare:auto", "-Xlog:cds*=off" + laterLogs(home));
            }
            if (maker.hasFailed(archive)) {
                return program;
            }
            Path list = place.resolve(key + "-" + generation + ".classes");
            recordings.put(
                    generation,
                    new ClassRecording(
                            list,
                            archive,
                            user.isPresent() ? user.get().before() : List.of(),
                            makingCommand(home, program, java.get()),
                            program.directory()));
            return program.with("-XX:DumpLoadedClassList=" + list);
        } catch (IOException e) {
            LOG.warn("generation={} starts without an archive of its classes: {}", generation, e.getMessage());
            return program;
        }
    }

    /** Since 24 the JVM has another name for what it says of archives, which no JVM before it knows. */
    private static String laterLogs(Path home) throws IOException {
        return Program.version(home).orElse(0) >= 24 ? ",aot*=off" : "";
    }

    private static List<String> makingCommand(Path home, Program program, JavaCommand java) throws IOException {
        List<String> command = new ArrayList<>(List.of(nice().toString(), "-n", "19"));
        command.add(program.file().toString());
        command.addAll(java.options());
        command.addAll(linking(Program.version(home).orElse(0)));
        command.addAll(List.of(NATIVE_ACCESS, "-cp", java.classPath()));
        if (program.command().stream().anyMatch(word -> word.startsWith("-javaagent:"))) {
            command.addAll(List.of("--add-modules", "java.instrument")); // as the agent will
        }
        return command;
    }

    /** From 25 on an archive holds classes that are linked already, JEP 483: an AOT cache. */
    private static List<String> linking(int version) {
        return version >= 25 ? List.of("-XX:+AOTClassLinking") : List.of();
    }

    private static String key(Path home, JavaCommand java, Program program, Optional<OtherUser> stranger)
            throws IOException {
        Path base = program.directory() == null ? Path.of("").toAbsolutePath() : program.directory();
        String all = String.join(
                "\n",
                home.toString(),
                Files.getLastModifiedTime(home.resolve("lib/modules")).toString(),
                String.join("\n", java.options()),
                java.classPath(),
                base.toString(),
                ClassPathFiles.describe(java.classPath(), base, stranger));
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(all.getBytes(StandardCharsets.UTF_8));
            return String.format("%064x", new BigInteger(1, hash)).substring(0, 32);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** What this program itself notes down, where scripts/baton has found no archive for it. */
    private static Optional<ClassRecording> own(Map<String, String> environment) {
        String list = environment.get("BATON_CLASSES");
        String archive = environment.get("BATON_ARCHIVE");
        String jar = System.getProperty("java.class.path");
        if (list == null || archive == null || !Files.exists(Path.of(list))) {
            return Optional.empty();
        }
        try {
            String java =
                    Path.of(System.getProperty("java.home"), "bin", "java").toString();
            List<String> command = new ArrayList<>(List.of(nice().toString(), "-n", "19", java));
            command.addAll(linking(Runtime.version().feature()));
            command.addAll(List.of(NATIVE_ACCESS, "-cp", jar));
            return Optional.of(new ClassRecording(Path.of(list), Path.of(archive), List.of(), command, null));
        } catch (IOException e) {
            LOG.debug("no archive of baton's own classes: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private static Path nice() throws IOException {
        return WorkerProcess.tool("nice");
    }

    // ---- the directory ----

    /**
     * The one of a user whom this process, root, does not trust. Processes of that user make and keep what is in it.
     * This one looks whether a file is there, and removes files by their names, which follows no link; it reads and
     * writes none, and makes no list of them, for there may be any number.
     */
    private static Path placeOf(OtherUser stranger, Path directory) throws IOException {
        Path there = directory.getParent();
        while (!Files.exists(there)) {
            there = there.getParent();
        }
        stranger.requireOutOfReach(there);
        Files.createDirectories(directory.getParent());
        Settings.User user = stranger.user();
        Path place =
                stranger.requireOutOfReach(directory.getParent()).resolve(directory.getFileName() + "." + user.uid());
        requireDirectory(place, user.uid());
        Optional<Path> barred = user.barredAt(place);
        if (barred.isPresent()) {
            throw new IOException("user " + user.name() + " cannot reach " + place + ": chmod a+x " + barred.get()
                    + ", or set CACHE_DIRECTORY to a directory that others may pass");
        }
        return place;
    }

    /** What lies there is run by workers of that user: nobody else may put anything there. */
    private static void requireDirectory(Path directory, int uid) throws IOException {
        if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectories(directory.getParent());
            Files.createDirectory(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            if (uid != Identity.uid()) {
                Files.setAttribute(directory, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
            }
        }
        Map<String, Object> is =
                Files.readAttributes(directory, "unix:uid,mode,isDirectory", LinkOption.NOFOLLOW_LINKS);
        boolean othersWrite = ((Integer) is.get("mode") & GROUP_OR_OTHERS_WRITE) != 0;
        if (!is.get("isDirectory").equals(true) || !is.get("uid").equals(uid) || othersWrite) {
            throw new IOException(directory + " must be a directory of uid " + uid + ", and nobody else's to write:"
                    + " remove it, or choose another by CACHE_DIRECTORY");
        }
    }

    /** What a supervisor before this one has left half done. */
    private void sweepOnce(Path directory) throws IOException {
        if (!swept) {
            swept = true;
            try (DirectoryStream<Path> left = Files.newDirectoryStream(directory, "*.{classes,new}")) {
                left.forEach(ClassRecording::deleteQuietly);
            }
        }
    }

    // ---- what is noted down ----

    /** What a worker has begun to note down, once. An archive is to be made of it. */
    Optional<ClassRecording> take(int generation) {
        return taken(Optional.ofNullable(recordings.remove(generation)));
    }

    /** What this program itself has, once. */
    synchronized Optional<ClassRecording> takeOwn() {
        Optional<ClassRecording> recording = taken(own);
        own = Optional.empty();
        return recording;
    }

    private Optional<ClassRecording> taken(Optional<ClassRecording> recording) {
        recording.ifPresent(taken::add);
        return recording;
    }

    /** It has ended. */
    void forget(int generation) {
        Optional.ofNullable(recordings.remove(generation)).ifPresent(ClassRecording::discard);
    }

    /** Makes an archive out of what has been noted down so far, on a thread of its own. */
    void make(ClassRecording recording) {
        taken.remove(recording);
        maker.make(recording);
    }

    @Override
    public void close() {
        maker.close();
        takeOwn();
        recordings.keySet().forEach(this::take);
        taken.forEach(ClassRecording::discard);
    }
}
