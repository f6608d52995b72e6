package dev.baton.kit;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Standard output and error of this process. The supervisor reads them over two pipes, which break when it dies: what
 * is written meanwhile is lost, and a JVM, which ignores SIGPIPE, lives on. The next supervisor sends two new ones.
 */
final class StandardStreams {
    private static final int TYPE = 0170000;
    private static final int FIFO = 0010000;

    private StandardStreams() {}

    /** Puts these under the numbers 1 and 2 where there is a broken pipe; what the program has put there is its own. */
    static void mend(Fd output, Fd error) throws IOException {
        mend(1, output);
        mend(2, error);
    }

    static void mend(int number, Fd by) throws IOException {
        if (isFifo(number) && Libc.isWithoutReader(number)) {
            Libc.replaceForChildrenToo(number, by);
        }
    }

    private static boolean isFifo(int number) throws IOException {
        int mode = (Integer) Files.getAttribute(Path.of("/proc/self/fd/" + number), "unix:mode");
        return (mode & TYPE) == FIFO;
    }
}
