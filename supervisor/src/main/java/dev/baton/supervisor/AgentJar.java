package dev.baton.supervisor;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.Set;

/**
 * The agent's two jars, out of our own one: the first is what {@code -javaagent} names, the second lies beside it, and so
 * does the native half of jffi, which would unpack it in each worker anew, with a random name that costs more than all
 * the rest. Where they are others than before they are put by a rename: a JVM that still has the older ones keeps them.
 */
final class AgentJar {
    private static final FileAttribute<Set<PosixFilePermission>> READABLE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r--r--"));
    private static final List<String> NAMES = List.of("baton-agent.jar", "baton-agent-core.jar");
    private static final String NATIVE = "libjffi-1.2.so";
    private static final int CHUNK = 8 * 1024;
    /** Where jffi reads of it. */
    private static final String BOOT = "boot.properties";

    private AgentJar() {}

    /** Where the agent lies in a directory that only its owner can write. */
    static Path in(Path directory) {
        return directory.resolve(NAMES.get(0)).toAbsolutePath();
    }

    /** Whether this program was built with the agent in it. */
    static boolean isThere() {
        return AgentJar.class.getResource("/agent/" + NAMES.get(0)) != null;
    }

    static void unpack(Path directory) throws StartException {
        try {
            for (String name : NAMES) {
                put(() -> AgentJar.class.getResourceAsStream("/agent/" + name), directory.resolve(name));
            }
            unpackNative(directory);
        } catch (IOException e) {
            throw new StartException(
                    "cannot put the agent into " + directory + ": " + e + ": make room there, or say wrap = \"kit\"",
                    e);
        }
    }

    /** Where there is none for this machine, or its directory must not hold programs, jffi finds its own way. */
    private static void unpackNative(Path directory) throws IOException {
        String processor = System.getProperty("os.arch").replace("amd64", "x86_64");
        String library = "/jni/" + processor + "-Linux/" + NATIVE;
        if (AgentJar.class.getResource(library) != null) {
            put(() -> AgentJar.class.getResourceAsStream(library), directory.resolve(NATIVE));
            Properties boot = new Properties();
            boot.setProperty(
                    "jffi.boot.library.path", directory.toAbsolutePath().toString());
            StringWriter text = new StringWriter();
            boot.store(text, null);
            byte[] undated = text.toString().replaceFirst("^#.*\\R", "").getBytes(StandardCharsets.ISO_8859_1);
            put(() -> new ByteArrayInputStream(undated), directory.resolve(BOOT));
        }
    }

    /** What a file is to hold; whoever opens it closes it. */
    private interface Content {
        InputStream open() throws IOException;
    }

    private static void put(Content content, Path file) throws IOException {
        if (isIn(file, content)) {
            return; // a program that replaces another need not find room
        }
        Path fresh = Files.createTempFile(file.getParent(), "agent-", ".new", READABLE);
        try (InputStream in = content.open()) {
            Files.copy(in, fresh, StandardCopyOption.REPLACE_EXISTING);
        }
        Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-r--r--"));
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Looks at a little at a time: arrays of whole jars would stay in a heap that nobody collects at rest. */
    private static boolean isIn(Path file, Content content) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try (InputStream wanted = content.open();
                InputStream found = Files.newInputStream(file)) {
            byte[] next;
            do {
                next = wanted.readNBytes(CHUNK);
                if (!Arrays.equals(next, found.readNBytes(CHUNK))) {
                    return false;
                }
            } while (next.length > 0);
            return true;
        }
    }

    static void remove(Path directory) throws IOException {
        for (String name : NAMES) {
            Files.deleteIfExists(directory.resolve(name));
        }
        Files.deleteIfExists(directory.resolve(NATIVE));
        Files.deleteIfExists(directory.resolve(BOOT));
    }
}
