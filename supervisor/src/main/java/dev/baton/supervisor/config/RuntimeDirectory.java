package dev.baton.supervisor.config;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Where a supervisor keeps its sockets and its state: one directory for each application, which its owner alone can
 * write.
 *
 * <p>Threading: immutable. Order: a supervisor calls {@link #prepare}, then {@link #lock}, and only then touches
 * anything else in it.
 */
public record RuntimeDirectory(Path path) {
    /** {@code sun_path} without its closing NUL: unix(7). */
    public static final int LONGEST_SOCKET_PATH = 107;

    private static final Set<PosixFilePermission> OWNER_ALONE = PosixFilePermissions.fromString("rwx------");
    private static final FileAttribute<?> PRIVATE_DIRECTORY = PosixFilePermissions.asFileAttribute(OWNER_ALONE);
    private static final FileAttribute<?> PRIVATE_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    /** The socket that answers HTTP. */
    public Path controlSocket() {
        return path.resolve("control.sock");
    }

    private Path lockFile() {
        return path.resolve("lock");
    }

    /**
     * Makes the directory where it is missing, and makes sure that nobody else can write in it.
     *
     * @throws IOException if it is a symbolic link, another user's, or no directory
     */
    public void prepare() throws IOException {
        requireShortEnough(controlSocket());
        Path parent = path.toAbsolutePath().getParent();
        if (parent != null && !Files.isDirectory(parent)) {
            // Not private: other users' directories may come to stand beside this one, in /run/baton.
            Files.createDirectories(parent);
        }
        try {
            Files.createDirectory(path, PRIVATE_DIRECTORY);
        } catch (FileAlreadyExistsException e) {
            requireOurs();
            Files.setPosixFilePermissions(path, OWNER_ALONE);
        }
    }

    private void requireOurs() throws IOException {
        PosixFileAttributes attributes =
                Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isDirectory()) {
            throw new IOException("the runtime directory " + path + " is "
                    + (attributes.isSymbolicLink() ? "a symbolic link" : "no directory")
                    + "; remove it, or set XDG_RUNTIME_DIR");
        }
        Object owner = Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
        if (!owner.equals(ownUid())) {
            throw new IOException("the runtime directory " + path + " belongs to uid " + owner + " and not to uid "
                    + ownUid() + ", which runs this supervisor; choose another --app, or set XDG_RUNTIME_DIR");
        }
    }

    /**
     * Claims the directory for this process, until the claim is closed or the process ends in whatever way.
     *
     * @return empty where another process has it
     */
    public Optional<Closeable> lock() throws IOException {
        FileChannel file =
                FileChannel.open(lockFile(), Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE), PRIVATE_FILE);
        boolean claimed = false;
        try {
            FileLock lock = file.tryLock();
            claimed = lock != null;
            return claimed ? Optional.of(file) : Optional.empty();
        } catch (OverlappingFileLockException e) {
            return Optional.empty();
        } finally {
            if (!claimed) {
                file.close();
            }
        }
    }

    /**
     * Whether a supervisor lives here; it does until its process has ended.
     *
     * @throws IOException if this user may not know
     */
    public boolean isLocked() throws IOException {
        if (!Files.exists(lockFile())) {
            return false;
        }
        Optional<Closeable> mine = lock();
        if (mine.isPresent()) {
            mine.get().close();
        }
        return mine.isEmpty();
    }

    /**
     * Says so in words where a path is too long for a socket; the kernel would only say EINVAL.
     *
     * @throws IllegalArgumentException with the remedy
     */
    public static Path requireShortEnough(Path socket) {
        int length = socket.toString().getBytes(StandardCharsets.UTF_8).length;
        if (length > LONGEST_SOCKET_PATH) {
            throw new IllegalArgumentException("the path of a unix socket has at most " + LONGEST_SOCKET_PATH
                    + " bytes, and this one has " + length + ": " + socket
                    + "; use a shorter --app, or set XDG_RUNTIME_DIR to a shorter directory");
        }
        return socket;
    }

    /** The user whom this process acts as: the effective uid in proc_pid_status(5). */
    public static int ownUid() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            String uids =
                    lines.filter(line -> line.startsWith("Uid:")).findFirst().orElseThrow();
            return Integer.parseInt(uids.split("\\s+")[2]);
        } catch (IOException e) {
            throw new UncheckedIOException("/proc is not mounted, and Baton needs it", e);
        }
    }
}
