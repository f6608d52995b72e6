package dev.baton.supervisor;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;

/**
 * The agent's two jars, out of our own one: the first is what {@code -javaagent} names, the second lies beside it. They
 * are put anew at every start, by a rename: a JVM that still has the older ones keeps them.
 */
final class AgentJar {
    private static final FileAttribute<Set<PosixFilePermission>> READABLE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r--r--"));
    private static final List<String> NAMES = List.of("baton-agent.jar", "baton-agent-core.jar");

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
        for (String name : NAMES) {
            try (InputStream jar = AgentJar.class.getResourceAsStream("/agent/" + name)) {
                Path fresh = Files.createTempFile(directory, "agent-", ".new", READABLE);
                Files.copy(jar, fresh, StandardCopyOption.REPLACE_EXISTING);
                Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-r--r--"));
                Files.move(fresh, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException e) {
                throw new StartException(
                        "cannot put the agent into " + directory + ": " + e
                                + ": make room there, or say wrap = \"kit\"",
                        e);
            }
        }
    }

    static void remove(Path directory) throws IOException {
        for (String name : NAMES) {
            Files.deleteIfExists(directory.resolve(name));
        }
    }
}
