package dev.baton.kit;

import dev.baton.handover.Libc;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wakes threads of this process that wait in poll(2) at a descriptor number which has come to stand for another socket.
 *
 * <p>Such a thread sleeps in the wait queue of the old socket, and even when that one wakes it, the kernel looks the
 * number up anew, finds the new socket without news, and lets it sleep on in the old queue: for ever. Only a signal
 * makes poll(2) return, whatever the handler's flags (signal(7)); the JDK then looks again and calls poll(2) anew. The
 * signal is the one that the JDK itself wakes its threads with, and is sent only where its handler is installed.
 *
 * <p>There is no race: a thread that is not in poll(2) when it is looked at, enters it later than the number was
 * changed, and waits at the right socket.
 */
final class PollWaiters {
    private static final Logger LOG = LoggerFactory.getLogger(PollWaiters.class);
    private static final Path THREADS = Path.of("/proc/self/task");

    private PollWaiters() {}

    /** Makes every thread that waits for this number alone look again. */
    static void wake(int fd) throws IOException {
        if (!Libc.isWakeSignalHandled()) {
            LOG.debug("no thread has ever waited in the JDK's poll");
            return;
        }
        try (RandomAccessFile memory = new RandomAccessFile("/proc/self/mem", "r");
                DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
            for (Path thread : threads) {
                if (waitsFor(fd, thread, memory)) {
                    Libc.wakeThread(Integer.parseInt(thread.getFileName().toString()));
                }
            }
        }
    }

    /** {@code /proc/self/task/N/syscall}, proc(5): the number of the call that it is in, and its arguments. */
    private static boolean waitsFor(int fd, Path thread, RandomAccessFile memory) {
        try {
            String[] call = Files.readString(thread.resolve("syscall")).trim().split(" ");
            if (call.length < 3 || !call[0].equals(Integer.toString(Libc.POLL_NUMBER)) || !call[2].equals("0x1")) {
                return false;
            }
            // The first field of struct pollfd. Read through /proc, an address that is gone by now is an error.
            memory.seek(Long.parseUnsignedLong(call[1].substring(2), 16));
            return Integer.reverseBytes(memory.readInt()) == fd;
        } catch (NoSuchFileException e) {
            return false; // the thread has ended
        } catch (IOException e) {
            LOG.debug("{} cannot be looked at", thread, e);
            return false;
        }
    }
}
