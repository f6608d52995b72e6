package dev.baton.supervisor;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.DateTimeException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the {@link State} is kept, in the runtime directory. A reader sees one state or the next, whole: it is written
 * beside and renamed, rename(2). It is not synced to the disk, for it says nothing once the machine has gone down.
 *
 * <p>What is read is believed only where it is a file of ours that nobody else can read or write, no larger than what
 * we write, and a state in every part. Anything else is moved aside, for a human to look at.
 *
 * <p>Threading: one thread at a time.
 */
final class StateFile {
    private static final Logger LOG = LoggerFactory.getLogger(StateFile.class);
    private static final int LARGEST = 16 * 1024 * 1024;
    private static final int OTHERS = 0077;

    private final Path path;
    private final Path fresh;
    private final Path aside;
    private boolean fails;

    StateFile(Path directory) {
        this.path = directory.resolve("state.json");
        this.fresh = directory.resolve("state.json.new");
        this.aside = directory.resolve("state.json.not-understood");
    }

    /**
     * A failure is said once and survived: it matters only if this supervisor dies as well.
     *
     * @return whether it was written; else what was written last is still there
     */
    boolean write(String text) {
        try {
            Files.deleteIfExists(fresh);
            try (FileChannel channel = FileChannel.open(
                    fresh,
                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
                ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            }
            Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            if (!fails) {
                LOG.warn(
                        "state-file={} could not be written, and is tried again: {}: should this supervisor die now, the"
                                + " next one takes the workers back as of the last time",
                        path,
                        e.toString());
            }
            fails = true;
            return false;
        }
        if (fails) {
            LOG.info("state-file={} is written again", path);
        }
        fails = false;
        return true;
    }

    void remove() {
        try {
            Files.deleteIfExists(fresh);
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.warn("state-file={} could not be removed: {}", path, e.toString());
        }
    }

    /**
     * Reads it, touching nothing.
     *
     * @throws StartException if that cannot be, with what is wrong
     */
    State look(String app, Rules rules) throws StartException {
        try {
            return state(app, rules);
        } catch (IOException | IllegalArgumentException | DateTimeException | ArithmeticException e) {
            throw new StartException("state-file=" + path + " is not understood: " + e.getMessage(), e);
        }
    }

    /** What a supervisor that died has left; empty where the last one ended in order, or what there is cannot be used. */
    Optional<State> read(String app, Rules rules) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        try {
            State state = state(app, rules);
            if (!state.boot().equals(ProcessIdentity.boot())) {
                LOG.info("state-file={} is from before this machine's last start: nothing of it lives", path);
                Files.delete(path);
                return Optional.empty();
            }
            return Optional.of(state);
        } catch (IOException | IllegalArgumentException | DateTimeException | ArithmeticException e) {
            Files.move(path, aside, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            LOG.warn(
                    "state-file={} is not used: {}: workers of the supervisor that wrote it are ended, generations count"
                            + " from 1 again, and what served is started anew; the file is now {}",
                    path,
                    e.getMessage(),
                    aside);
            return Optional.empty();
        }
    }

    private State state(String app, Rules rules) throws IOException {
        State state = State.parse(content(), rules);
        if (!state.app().equals(app)) {
            throw new IllegalArgumentException("it is of the app " + state.app());
        }
        return state;
    }

    private String content() throws IOException {
        if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException("it is " + (Files.isSymbolicLink(path) ? "a symbolic link" : "no file"));
        }
        Map<String, Object> is = Files.readAttributes(path, "unix:uid,mode,size", LinkOption.NOFOLLOW_LINKS);
        int self = Identity.uid();
        if (!is.get("uid").equals(self)) {
            throw new IOException("it belongs to uid " + is.get("uid") + ", and this supervisor runs as uid " + self);
        }
        int mode = (Integer) is.get("mode") & 07777;
        if ((mode & OTHERS) != 0) {
            throw new IOException("its mode is " + Integer.toOctalString(mode) + ", so that others know the tokens");
        }
        try (InputStream in =
                Channels.newInputStream(FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            byte[] bytes = in.readNBytes(LARGEST + 1);
            if (bytes.length > LARGEST) {
                throw new IOException("it has more than " + LARGEST + " bytes");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }
}
