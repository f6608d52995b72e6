package dev.baton.supervisor.control;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;

/** A secret that a client shows. What is kept of it is its digest, so that it stands in no dump and in no message. */
public final class Token {
    private static final int BYTES = 32;
    private static final int SHORTEST = 16;
    private static final int LONGEST = 1024;
    private static final int OTHERS = 0007;
    private static final int GROUP_WRITES = 0020;

    private final byte[] digest;

    private Token(String text) {
        this.digest = digest(text);
    }

    /**
     * The one in a file, which nobody but its owner and perhaps a group may read.
     *
     * @throws IOException if it is not there, not a token, or open to others; says what to do
     */
    public static Token read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException("there is no token file " + file + ": make one, with mode 0600, or leave the key out"
                    + " to have a token made");
        }
        Map<String, Object> is = Files.readAttributes(file, "unix:uid,mode");
        Object self = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        if (((Integer) is.get("mode") & (OTHERS | GROUP_WRITES)) != 0) {
            throw new IOException("the token file " + file + " is open to others: chmod 600 " + file);
        }
        if (!is.get("uid").equals(0) && !is.get("uid").equals(self)) {
            throw new IOException("the token file " + file + " belongs to uid " + is.get("uid")
                    + ", who could change it: chown it to root or to baton's own user");
        }
        if (Files.size(file) > LONGEST) {
            throw notOne(file);
        }
        String text = Files.readString(file, StandardCharsets.ISO_8859_1).strip();
        // RFC 6750 2.1, b64token.
        if (text.length() < SHORTEST || !text.matches("[A-Za-z0-9._~+/-]+=*")) {
            throw notOne(file);
        }
        return new Token(text);
    }

    private static IOException notOne(Path file) {
        return new IOException("what is in " + file + " is no token: " + SHORTEST + " to " + LONGEST
                + " letters, digits and . _ ~ + / - are one, like those that openssl rand -hex 32 prints");
    }

    /** The one in a file of our own directory, made there with mode 0600 if it is not there yet. */
    public static Token kept(Path file) throws IOException {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            byte[] bytes = new byte[BYTES];
            new SecureRandom().nextBytes(bytes);
            // Whole or not at all, however we end meanwhile.
            Path fresh = Files.createTempFile(
                    file.toAbsolutePath().getParent(),
                    file.getFileName().toString(),
                    ".tmp",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(fresh, Base64.getUrlEncoder().withoutPadding().encodeToString(bytes) + "\n");
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        }
        return read(file);
    }

    /** In a time that does not tell how much of it was right, nor how long it is. */
    boolean is(String said) {
        return MessageDigest.isEqual(digest, digest(said));
    }

    /** Whether there is but one of the two. */
    public boolean isSame(Token other) {
        return MessageDigest.isEqual(digest, other.digest);
    }

    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.ISO_8859_1));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has it", e);
        }
    }
}
