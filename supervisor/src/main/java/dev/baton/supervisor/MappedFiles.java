package dev.baton.supervisor;

import dev.baton.handover.Libc;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of the JDK that this process has mapped: the JVM itself, and the archives of classes. A start touches most
 * of them, a supervisor that waits next to nothing; and what it has touched counts as its memory until the kernel is
 * short of some. So it lets go of them when it comes to rest, docs/cost.md.
 *
 * <p>Only of what cannot be lost: mappings that nobody can write to, of which no page is this process's own (a linker
 * has written to some before it has made them read-only), and which the JVM keeps as long as it lives.
 *
 * <p>Threading: any.
 */
final class MappedFiles {
    private static final Logger LOG = LoggerFactory.getLogger(MappedFiles.class);

    private static final int HEXADECIMAL = 16;

    private static final Path MAPPINGS = Path.of("/proc/self/smaps");

    record Mapping(long start, long end) {}

    private MappedFiles() {}

    /** Lets go of their pages; the next use of one brings it back out of the kernel's cache. */
    static void letGo() {
        try {
            // What looks for them touches pages, too: so all are found first.
            for (Mapping mapping : find(MAPPINGS, Path.of(System.getProperty("java.home")))) {
                Libc.letGoOfPages(mapping.start(), mapping.end() - mapping.start());
            }
        } catch (IOException e) {
            LOG.debug("the pages of mapped files stay", e);
        }
    }

    /** With plain means: what is compiled for this, or collected after it, would take more than it saves. */
    static List<Mapping> find(Path mappings, Path jdk) throws IOException {
        String home = jdk.toRealPath() + "/";
        List<Mapping> found = new ArrayList<>();
        try (BufferedReader smaps = Files.newBufferedReader(mappings, StandardCharsets.ISO_8859_1)) {
            Optional<Mapping> mapping = Optional.empty();
            for (String line = smaps.readLine(); line != null; line = smaps.readLine()) {
                if (!Character.isUpperCase(line.charAt(0))) {
                    mapping = readOnlyMapping(line, home);
                    mapping.ifPresent(found::add);
                } else if (isOwnPages(line)) {
                    mapping.ifPresent(found::remove);
                }
            }
        }
        return found;
    }

    /** From the first line on a mapping, proc_pid_maps(5): {@code start-end perms offset device inode file}. */
    private static Optional<Mapping> readOnlyMapping(String line, String home) {
        int dash = line.indexOf('-');
        int space = line.indexOf(' ', dash);
        int file = line.indexOf('/');
        boolean isKept = file >= 0 && (line.startsWith(home, file) || line.endsWith(ClassArchiveMaker.SUFFIX));
        return isKept && line.startsWith("r-", space + 1)
                ? Optional.of(new Mapping(
                        Long.parseUnsignedLong(line, 0, dash, HEXADECIMAL),
                        Long.parseUnsignedLong(line, dash + 1, space, HEXADECIMAL)))
                : Optional.empty();
    }

    /** Whether this line, proc_pid_smaps(5), says that a part of the mapping is in no file. */
    private static boolean isOwnPages(String line) {
        return (line.startsWith("Anonymous:") || line.startsWith("Swap:")) && !line.endsWith(" 0 kB");
    }
}
