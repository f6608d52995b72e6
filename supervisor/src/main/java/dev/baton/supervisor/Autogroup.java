package dev.baton.supervisor;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The nice value of a session's autogroup, {@code /proc/PID/autogroup}, sched(7). Unlike a process's own, anybody may
 * put that of his processes back.
 *
 * @param pid of a process in it
 */
record Autogroup(int pid) {
    /** A tenth of the weight of those with 0. */
    private static final int BACK = 10;

    private static final int FRONT = 0;
    private static final Logger LOG = LoggerFactory.getLogger(Autogroup.class);

    /**
     * @return false where it is to be tried again: the kernel takes ten changes a second from all of the machine's
     *     ordinary users together, then EAGAIN
     */
    boolean standBack(boolean back) {
        int wanted = back ? BACK : FRONT;
        Path file = Path.of("/proc", Integer.toString(pid), "autogroup");
        try {
            if (nice(file) == wanted) {
                return true;
            }
        } catch (IOException e) {
            LOG.debug("pid={} has no autogroup", pid, e);
            return true;
        }
        try (FileOutputStream out = new FileOutputStream(file.toFile())) {
            out.write(Integer.toString(wanted).getBytes(StandardCharsets.US_ASCII));
            return true;
        } catch (IOException e) {
            LOG.debug("pid={} autogroup nice={}: {}", pid, wanted, e.getMessage());
            return false;
        }
    }

    /** The file says {@code /autogroup-123 nice 10}. */
    private static int nice(Path file) throws IOException {
        String[] words =
                Files.readString(file, StandardCharsets.US_ASCII).strip().split(" ");
        return words.length == 3 ? Integer.parseInt(words[2]) : FRONT;
    }
}
