package dev.baton.supervisor.doctor;

import java.io.IOException;
import java.nio.channels.Selector;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a process can see of itself in /proc: a worker's listeners change hands by it. */
record OwnProcess(Path root) {
    private static final String REMEDY = "mount a whole /proc in this container or unit (no ProcSubset=pid that hides"
            + " it), and let no seccomp filter or emulated kernel stand between";

    /** A thread that waits for the old socket is found by the call that it is in: proc(5), syscall. */
    Finding threads() {
        String name = "proc-threads";
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(root.resolve("proc/self/task"))) {
            Files.newInputStream(root.resolve("proc/self/mem")).close();
            int seen = 0;
            for (Path thread : threads) {
                seen += canBeRead(thread.resolve("syscall")) ? 1 : 0;
            }
            return seen > 0
                    ? Finding.ok(name, "/proc/self/task/*/syscall and /proc/self/mem can be read")
                    : Finding.fail(name, "/proc/self/task/*/syscall cannot be read", REMEDY);
        } catch (IOException e) {
            return Finding.fail(name, "cannot be read: " + e.getMessage(), REMEDY);
        }
    }

    /** One that ends meanwhile is none to be counted. */
    private static boolean canBeRead(Path syscall) {
        try {
            return !Files.readString(syscall).isBlank();
        } catch (IOException e) {
            return false;
        }
    }

    /** What an epoll instance watches stands in its fdinfo: proc(5). Every selector has one. */
    Finding polls() {
        String name = "proc-epoll";
        try (Selector selector = Selector.open();
                DirectoryStream<Path> descriptors = Files.newDirectoryStream(root.resolve("proc/self/fdinfo"))) {
            boolean told = false;
            for (Path descriptor : descriptors) {
                told |= tells(descriptor);
            }
            return told && selector.isOpen()
                    ? Finding.ok(name, "/proc/self/fdinfo tells what is watched")
                    : Finding.fail(name, "/proc/self/fdinfo does not tell what a selector watches", REMEDY);
        } catch (IOException e) {
            return Finding.fail(name, "cannot be read: " + e.getMessage(), REMEDY);
        }
    }

    private static boolean tells(Path descriptor) {
        try {
            return Files.readString(descriptor).contains("tfd:");
        } catch (IOException e) {
            return false;
        }
    }
}
