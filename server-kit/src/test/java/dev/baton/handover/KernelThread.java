package dev.baton.handover;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A Java thread as the kernel sees it: the JDK calls a thread that waits in poll(2) runnable, the kernel does not. */
public final class KernelThread {
    /** TASK_COMM_LEN without the closing NUL. */
    private static final int LONGEST_NAME = 15;

    private KernelThread() {}

    /** Waits until the thread sleeps in the kernel; its name must be nobody else's. */
    public static void awaitAsleep(Thread thread) {
        await(thread.getName() + " sleeping")
                .atMost(Duration.ofSeconds(20))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(() -> isAsleep(thread));
    }

    /** Waits until every thread of this name waits in poll(2), and there is one. */
    public static void awaitPolling(String name) {
        await(name + " in poll(2)")
                .atMost(Duration.ofSeconds(20))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(() -> isPolling(name));
    }

    private static boolean isPolling(String name) throws IOException {
        int polling = 0;
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (Path task : tasks) {
                if (read(task.resolve("comm")).strip().equals(name)) {
                    if (!read(task.resolve("syscall")).startsWith(Libc.POLL_NUMBER + " ")) {
                        return false;
                    }
                    polling++;
                }
            }
        }
        return polling > 0;
    }

    private static boolean isAsleep(Thread thread) throws IOException {
        String name = thread.getName().length() <= LONGEST_NAME
                ? thread.getName()
                : thread.getName().substring(0, LONGEST_NAME);
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (Path task : tasks) {
                if (read(task.resolve("comm")).strip().equals(name)) {
                    String stat = read(task.resolve("stat"));
                    return stat.startsWith("S", stat.lastIndexOf(')') + 2);
                }
            }
        }
        return false;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return ""; // the thread has ended
        }
    }
}
