package dev.baton.supervisor;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the supervisor's sockets live, and the lock that makes it the only one of its app. Whoever can write here could
 * put a socket of his own in the place of ours; so nobody but its owner may.
 *
 * <p>Workers that run as another user may pass through it, to the handover socket, which is theirs, and to a directory
 * for the private sockets that they make; for whatever else lies here its own mode says no.
 *
 * <p>The lock is one of an open file description, fcntl(2): it goes with the process, however that ends, and stays with
 * the descriptor where another program takes this one's place. What a killed predecessor left here is swept away.
 */
final class RuntimeDirectory implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(RuntimeDirectory.class);
    private static final int GROUP_OR_OTHERS_WRITE = 0022;
    private static final Set<PosixFilePermission> PASSING =
            Set.of(PosixFilePermission.GROUP_EXECUTE, PosixFilePermission.OTHERS_EXECUTE);

    /** In the environment of a program that replaces another: the number of the lock's descriptor. */
    static final String LOCK = "BATON_LOCK";

    private final Path path;
    private final Fd lock;
    private final StateFile state;
    private final Optional<Settings.User> user;
    private volatile boolean isPassed;

    private RuntimeDirectory(Path path, Fd lock, Optional<Settings.User> user) {
        this.path = path;
        this.lock = lock;
        this.state = new StateFile(path);
        this.user = user;
    }

    /** @param user who workers run as; empty: this process's own user */
    static RuntimeDirectory open(String app, Path path, Optional<Settings.User> user) throws StartException {
        try {
            create(path);
            check(path);
            return new RuntimeDirectory(path, lock(app, path), user);
        } catch (IOException e) {
            throw unusable(path, e);
        }
    }

    private static StartException unusable(Path path, IOException e) {
        return new StartException(
                "cannot use the runtime directory " + path + ": " + e
                        + ": choose one that this user can create and write (RUNTIME_DIRECTORY, XDG_RUNTIME_DIR),"
                        + " or create it with mode 0700",
                e);
    }

    private static void create(Path path) throws IOException {
        if (path.getParent() != null) {
            Files.createDirectories(path.getParent());
        }
        try {
            Files.createDirectory(
                    path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (FileAlreadyExistsException e) {
            LOG.debug("runtime-directory={} is there already", path);
        }
    }

    private static void check(Path path) throws IOException, StartException {
        if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new StartException("the runtime directory " + path + " is "
                    + (Files.isSymbolicLink(path) ? "a symbolic link" : "not a directory")
                    + ": whoever made it could send us elsewhere; remove it, or choose another");
        }
        Map<String, Object> is = Files.readAttributes(path, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
        int self = Identity.uid();
        if (!is.get("uid").equals(self)) {
            throw new StartException("the runtime directory " + path + " belongs to uid " + is.get("uid")
                    + ", and this supervisor runs as uid " + self
                    + ": run it as that user, or choose another directory");
        }
        int mode = (Integer) is.get("mode") & 07777;
        if ((mode & GROUP_OR_OTHERS_WRITE) != 0) {
            throw new StartException("the runtime directory " + path + " has mode " + Integer.toOctalString(mode)
                    + ", so that others could replace the sockets in it: chmod 700 " + path);
        }
    }

    /** The one that the program before this one has left, in the same process. */
    private static Optional<Fd> inheritedLock(Path file) throws IOException {
        String number = System.getenv(LOCK);
        if (number == null || !number.matches("\\d{1,9}")) {
            return Optional.empty();
        }
        Path inherited = Path.of("/proc/self/fd", number);
        if (!Files.exists(inherited) || !Files.exists(file) || !Files.isSameFile(inherited, file)) {
            return Optional.empty();
        }
        return Optional.of(Libc.inherit(Integer.parseInt(number)));
    }

    /** The descriptor of the lock, which another program in this process is to keep. */
    int lockDescriptor() {
        return lock.number();
    }

    /**
     * Makes it a place for workers of this user, and for those of no other any more.
     *
     * <p>Order: when it is known that none of another lives.
     */
    void settle() throws StartException {
        try {
            settlePrivateSockets();
        } catch (IOException e) {
            throw unusable(path, e);
        }
    }

    private void settlePrivateSockets() throws IOException, StartException {
        int self = Identity.uid();
        int worker = user.map(Settings.User::uid).orElse(self);
        if (worker != self) {
            letPass(user.get());
            create(privateSockets());
        }
        if (Files.isDirectory(privateSockets(), LinkOption.NOFOLLOW_LINKS)) {
            Files.setAttribute(privateSockets(), "unix:uid", worker, LinkOption.NOFOLLOW_LINKS);
        }
    }

    /** Lets other users through, from now on, to what of it is theirs. */
    void letPass() throws IOException {
        Set<PosixFilePermission> mode = new HashSet<>(Files.getPosixFilePermissions(path));
        if (mode.addAll(PASSING)) {
            Files.setPosixFilePermissions(path, mode);
        }
        isPassed = true;
    }

    /** Once more, if they are: systemd gives the directory its RuntimeDirectoryMode= before every command of the unit. */
    void goOnLettingPass() {
        if (isPassed) {
            try {
                letPass();
            } catch (IOException e) {
                isPassed = false;
                LOG.warn("runtime-directory={} others may not pass it any more: {}", path, e.toString());
            }
        }
    }

    private void letPass(Settings.User worker) throws IOException, StartException {
        letPass();
        Optional<Path> barred = worker.barredAt(handover());
        if (barred.isPresent()) {
            throw new StartException("user " + worker.name() + " cannot reach the handover socket " + handover()
                    + ", for the mode of " + barred.get() + " keeps it out: set RUNTIME_DIRECTORY to a directory under"
                    + " one that everybody may pass, like /run");
        }
    }

    /** Lets workers, and nobody else, use this socket of ours. */
    void giveToWorkers(Path socket) throws IOException {
        if (user.isPresent() && user.get().uid() != Identity.uid()) {
            Files.setAttribute(socket, "unix:uid", user.get().uid(), LinkOption.NOFOLLOW_LINKS);
        }
    }

    private static Fd lock(String app, Path path) throws IOException, StartException {
        Path file = path.resolve("lock");
        Optional<Fd> inherited = inheritedLock(file);
        Fd lock = inherited.isPresent() ? inherited.get() : Libc.openToLock(file);
        boolean held = false;
        try {
            // Who may read it might hold a lock of his own on it.
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            held = Libc.tryLock(lock);
            if (!held) {
                throw new StartException("app " + app + " is already supervised (pid " + Files.readString(file)
                        + "): use \"baton upgrade --app " + app + "\", or another --app for another server");
            }
            Files.writeString(file, Long.toString(ProcessHandle.current().pid()));
            return lock;
        } finally {
            if (!held) {
                lock.close();
            }
        }
    }

    /**
     * The lock is ours, so that whatever sockets lie here are nobody's, but for the private ones of workers that live.
     *
     * @param living generations
     */
    void sweep(Set<Integer> living) throws IOException {
        Files.deleteIfExists(handover());
        sweep(
                "[0-9]*-*.sock",
                socket -> living.stream()
                        .noneMatch(generation -> socket.getFileName().toString().startsWith(generation + "-")));
        sweep("agent-*.new", unfinished -> true);
    }

    private void sweep(String glob, Predicate<Path> isLeft) throws IOException {
        sweep(path, glob, isLeft);
        if (!Files.isDirectory(privateSockets(), LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try {
            sweep(privateSockets(), glob, isLeft);
        } catch (IOException e) {
            // What a worker has put there in a socket's place is no reason not to start.
            LOG.warn("runtime-directory={} private-sockets not swept: {}", path, e.toString());
        }
    }

    private static void sweep(Path directory, String glob, Predicate<Path> isLeft) throws IOException {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, glob)) {
            for (Path socket : found) {
                if (isLeft.test(socket)) {
                    Files.deleteIfExists(socket);
                }
            }
        }
    }

    /** What a supervisor leaves to the next one. */
    StateFile state() {
        return state;
    }

    /** Puts the agent there, where there is one. */
    void putAgent() throws StartException {
        if (AgentJar.isThere()) {
            AgentJar.unpack(path);
        }
    }

    /** What a JVM is started with that is to be wrapped. */
    Optional<Path> agent() {
        return AgentJar.isThere() ? Optional.of(AgentJar.in(path)) : Optional.empty();
    }

    /** Where workers say hello. */
    Path handover() {
        return path.resolve("handover.sock");
    }

    /** Where a worker that has no channel says how it is; swept like its private sockets. */
    Path notifySocket(int generation) {
        return path.resolve(generation + "-notify.sock").toAbsolutePath();
    }

    /** Where workers of another user make their private sockets; the kit knows the name. */
    private Path privateSockets() {
        return path.resolve("private");
    }

    /** Removes a dead worker's notify socket, and the private ones that it made for its unix listeners, and left. */
    void sweepAfter(int generation) {
        try {
            Files.deleteIfExists(notifySocket(generation)); // even where no descriptor is left to look for others
            sweep(generation + "-*.sock", socket -> true);
        } catch (IOException e) {
            LOG.warn("runtime-directory={} generation={} left-sockets: {}", path, generation, e.toString());
        }
    }

    @Override
    public void close() {
        // The lock's file stays: were it removed, a third one could lock its successor beside a second one.
        try (lock) {
            Files.deleteIfExists(handover());
            Files.deleteIfExists(privateSockets());
            AgentJar.remove(path);
        } catch (IOException e) {
            LOG.warn("runtime-directory={} could not be left clean: {}", path, e.toString());
        }
    }
}
