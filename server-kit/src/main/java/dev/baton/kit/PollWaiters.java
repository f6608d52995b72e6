package dev.baton.kit;

import dev.baton.handover.Libc;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wakes threads of this process that wait in poll(2) or accept(2) at a descriptor number which has come to stand for
 * another socket.
 *
 * <p>Such a thread sleeps in the wait queue of the old socket, and even when that one wakes it, the kernel looks the
 * number up anew, finds the new socket without news, and lets it sleep on in the old queue: for ever. Only a signal
 * makes poll(2) return, whatever the handler's flags (signal(7)); the JDK then looks again and calls poll(2) anew. The
 * signal is the one that the JDK itself wakes its threads with, and is sent only where its handler is installed.
 *
 * <p>The race that matters is a thread on its way into poll(2): it has looked the number up before the change, but does
 * not sleep yet, and the kernel calls it running. So whoever runs is looked at again, until it was seen to do something
 * else: for a moment here, and a few times more on a thread of its own, for it may be held up on that way by busier
 * ones. A thread that enters poll(2) after the change waits at the right socket, and to wake it too does no harm.
 */
final class PollWaiters {
    private static final Logger LOG = LoggerFactory.getLogger(PollWaiters.class);
    private static final Path THREADS = Path.of("/proc/self/task");

    /** How long the caller waits for threads that run; the way into poll(2) is much shorter. */
    private static final Duration MOMENT = Duration.ofMillis(1);

    private static final List<Duration> LATER =
            List.of(Duration.ofMillis(10), Duration.ofMillis(100), Duration.ofSeconds(1));
    private static final ScheduledExecutorService LATER_LOOKS = laterLooks();

    private final Set<Integer> fds;
    private List<Path> unseen;

    private PollWaiters(Set<Integer> fds, List<Path> threads) {
        this.fds = fds;
        this.unseen = threads;
    }

    /** Makes every thread that waits for one of these numbers alone look again. */
    static void wake(Set<Integer> fds) throws IOException {
        if (!isWakeSignalHandled()) {
            LOG.debug("no thread has ever waited in the JDK's poll");
            return;
        }
        PollWaiters waiters = new PollWaiters(fds, otherThreads());
        long deadline = System.nanoTime() + MOMENT.toNanos();
        do {
            waiters.look();
        } while (!waiters.unseen.isEmpty() && System.nanoTime() < deadline);
        waiters.lookAgain(LATER.iterator());
    }

    /** {@code SigCgt} in {@code /proc/self/status}, proc(5): a bit for each signal that is caught, the lowest for 1. */
    private static boolean isWakeSignalHandled() throws IOException {
        String caught = ProcFile.read(Path.of("/proc/self/status"))
                .lines()
                .filter(line -> line.startsWith("SigCgt:"))
                .findFirst()
                .map(line -> line.substring("SigCgt:".length()).trim())
                .orElse("0");
        return (Long.parseUnsignedLong(caught, 16) >> (Libc.WAKE_SIGNAL - 1) & 1) == 1;
    }

    private void lookAgain(Iterator<Duration> delays) {
        if (!unseen.isEmpty() && delays.hasNext()) {
            try {
                LATER_LOOKS.schedule(
                        () -> {
                            look();
                            lookAgain(delays);
                            return null;
                        },
                        delays.next().toMillis(),
                        TimeUnit.MILLISECONDS);
            } catch (OutOfMemoryError e) {
                LOG.warn("who may wait is looked at again when there is a thread for it: {}", e.getMessage());
            }
        }
    }

    private void look() throws IOException {
        try (RandomAccessFile memory = new RandomAccessFile("/proc/self/mem", "r")) {
            List<Path> running = new ArrayList<>();
            for (Path thread : unseen) {
                if (!isSeen(thread, memory)) {
                    running.add(thread);
                }
            }
            unseen = running;
        }
    }

    /** One thread for all, which ends when there is nothing to look at. */
    private static ScheduledExecutorService laterLooks() {
        ScheduledThreadPoolExecutor looks = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "baton-wake");
            thread.setDaemon(true);
            return thread;
        });
        looks.setKeepAliveTime(5, TimeUnit.SECONDS);
        looks.allowCoreThreadTimeOut(true);
        return looks;
    }

    /** Wakes the thread if it waits for one of the numbers; false if it runs, so that nobody can tell. */
    private boolean isSeen(Path thread, RandomAccessFile memory) throws IOException {
        String[] call = systemCall(thread);
        if (call.length == 1 && call[0].equals("running")) {
            return false;
        }
        if (waits(call, memory)) {
            Libc.wakeThread(Integer.parseInt(thread.getFileName().toString()));
        }
        return true;
    }

    /** {@code /proc/self/task/N/syscall}, proc(5): the number of the call that it is in, and its arguments, in hex. */
    private static String[] systemCall(Path thread) {
        try {
            return ProcFile.read(thread.resolve("syscall")).trim().split(" ");
        } catch (IOException e) {
            if (Files.exists(thread)) { // else the thread has ended
                LOG.debug("{} cannot be looked at", thread, e);
            }
            return new String[0];
        }
    }

    private boolean waits(String[] call, RandomAccessFile memory) {
        if (call.length < 3) {
            return false;
        }
        if (call[0].equals(Integer.toString(Libc.ACCEPT_NUMBER))) {
            return fds.contains((int) argument(call[1]));
        }
        boolean polls = call[0].equals(Integer.toString(Libc.POLL_NUMBER))
                || call[0].equals(Integer.toString(Libc.RESTART_NUMBER));
        if (!polls || argument(call[2]) != 1) {
            return false;
        }
        try {
            // The first field of struct pollfd. Read through /proc, an address that is gone by now is an error.
            memory.seek(argument(call[1]));
            return fds.contains(Integer.reverseBytes(memory.readInt()));
        } catch (IOException e) {
            return false;
        }
    }

    private static long argument(String hex) {
        return Long.parseUnsignedLong(hex.substring("0x".length()), 16);
    }

    private static List<Path> otherThreads() throws IOException {
        Path self = Files.readSymbolicLink(Path.of("/proc/thread-self")).getFileName();
        List<Path> others = new ArrayList<>();
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
            for (Path thread : threads) {
                if (!thread.getFileName().equals(self)) {
                    others.add(thread);
                }
            }
        }
        return others;
    }
}
