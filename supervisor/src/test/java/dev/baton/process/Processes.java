package dev.baton.process;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** What /proc says of other processes: proc(5). */
final class Processes {
    private static final Path PROC = Path.of("/proc");

    private Processes() {}

    /** The environment that a process was started with. */
    static Map<String, String> environment(long pid) throws IOException {
        Map<String, String> environment = new HashMap<>();
        String text = Files.readString(PROC.resolve(pid + "/environ"), StandardCharsets.ISO_8859_1);
        for (String entry : text.split("\0")) {
            int equals = entry.indexOf('=');
            if (equals > 0) {
                environment.put(entry.substring(0, equals), entry.substring(equals + 1));
            }
        }
        return environment;
    }

    /**
     * The living processes that were started with this path in their environment: a supervisor has its runtime
     * directory there, and workers, with whatever they start, the socket in it. Zombies do not count.
     */
    static List<Long> knowing(Path path) {
        List<Long> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path entry : entries) {
                long pid = Long.parseLong(entry.getFileName().toString());
                if (knows(pid, path)) {
                    found.add(pid);
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("cannot list /proc", e);
        }
        return found;
    }

    private static boolean knows(long pid, Path path) {
        try {
            return environment(pid).values().stream().anyMatch(value -> value.startsWith(path.toString()));
        } catch (IOException e) {
            return false; // it has ended, or is another user's
        }
    }

    /** What each of its descriptors is, as readlink(2) has it: {@code socket:[123]}, a path, {@code anon_inode:…}. */
    static Map<Integer, String> descriptors(long pid) throws IOException {
        Map<Integer, String> descriptors = new HashMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC.resolve(pid + "/fd"))) {
            for (Path entry : entries) {
                try {
                    descriptors.put(
                            Integer.valueOf(entry.getFileName().toString()),
                            Files.readSymbolicLink(entry).toString());
                } catch (IOException e) {
                    continue; // closed since it was listed
                }
            }
        }
        return descriptors;
    }

    /** The inodes of the sockets that listen at this TCP port on 127.0.0.1: one, if all who listen share it. */
    static List<String> listenersAt(int port) throws IOException {
        String address = String.format("0100007F:%04X", port);
        return Files.readAllLines(PROC.resolve("self/net/tcp")).stream()
                .map(line -> line.strip().split("\\s+"))
                .filter(fields -> fields[1].equals(address) && fields[3].equals("0A"))
                .map(fields -> fields[9])
                .toList();
    }

    /** Its resident memory in kB. */
    static long resident(long pid) throws IOException {
        return Files.readAllLines(PROC.resolve(pid + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow(() -> new IOException("pid " + pid + " has no memory"));
    }

    /** Waits until it has ended, and its end was noticed by its parent. */
    static void awaitGone(long pid) {
        await().atMost(RunningBaton.PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> !Files.exists(PROC.resolve(Long.toString(pid))));
    }

    /** What its status file says, by the names of the lines: {@code Uid}, {@code Threads}, {@code VmRSS}. */
    static Map<String, String> status(long pid) throws IOException {
        Map<String, String> status = new HashMap<>();
        for (String line : Files.readAllLines(PROC.resolve(pid + "/status"))) {
            String[] parts = line.split(":\\s*", 2);
            status.put(parts[0], parts[1]);
        }
        return status;
    }

    /** The nice values of all its threads. */
    static Set<Integer> nice(long pid) throws IOException {
        Set<Integer> nice = new TreeSet<>();
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(PROC.resolve(pid + "/task"))) {
            for (Path thread : threads) {
                niceOfThread(thread).ifPresent(nice::add);
            }
        }
        return nice;
    }

    /** The directory of its thread of this name, of which the kernel keeps fifteen characters. */
    static Optional<Path> thread(long pid, String name) throws IOException {
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(PROC.resolve(pid + "/task"))) {
            for (Path thread : threads) {
                if (Files.readString(thread.resolve("comm")).strip().equals(name)) {
                    return Optional.of(thread);
                }
            }
        }
        return Optional.empty();
    }

    static Optional<Integer> niceOfThread(Path thread) {
        try {
            String stat = Files.readString(thread.resolve("stat"), StandardCharsets.ISO_8859_1);
            return Optional.of(
                    Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[16]));
        } catch (IOException e) {
            return Optional.empty(); // it has ended
        }
    }

    /** How many of its children have ended and not been reaped. */
    static long zombies(long pid) {
        return ProcessHandle.of(pid)
                .orElseThrow()
                .children()
                .filter(child -> isZombie(child.pid()))
                .count();
    }

    private static boolean isZombie(long pid) {
        try {
            return status(pid).get("State").startsWith("Z");
        } catch (IOException e) {
            return false; // reaped
        }
    }

    /** kill(1). */
    static void signal(String signal, long pid) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(pid))
                .inheritIO()
                .start();
        if (!kill.waitFor(10, TimeUnit.SECONDS) || kill.exitValue() != 0) {
            throw new IOException("kill -" + signal + " " + pid + " failed");
        }
    }
}
