package dev.baton.supervisor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a JVM notes down of the classes that it loads.
 *
 * @param list where it does
 * @param archive what is to be made out of it
 * @param before what makes a command that of the user whom the files belong to
 * @param command what makes the archive, but for the names of the files
 * @param directory where the command runs; {@code null}: here
 */
record ClassRecording(Path list, Path archive, List<String> before, List<String> command, Path directory) {
    private static final Logger LOG = LoggerFactory.getLogger(ClassRecording.class);

    /** It is not needed any more. */
    void discard() {
        deleteQuietly(list);
    }

    static void deleteQuietly(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warn("class-archive={} is left behind: {}", file, e.toString());
        }
    }
}
