package dev.baton.handover;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What this process has open, by what stands behind each descriptor: to find those that a test has left behind. Files
 * are not counted, for the class loader opens jars when it likes.
 */
public final class OpenFiles {
    private static final int MOST_NAMED = 10;
    private static final int O_CLOEXEC = 02000000;

    private final Map<String, Integer> counts;

    static {
        // What the JDK opens once and for all, such as the socket that it puts in the place of one being closed.
        try (Selector selector = Selector.open();
                ServerSocketChannel listener = ServerSocketChannel.open();
                Socket socket = new Socket()) {
            listener.bind(new InetSocketAddress("127.0.0.1", 0)).configureBlocking(false);
            listener.register(selector, SelectionKey.OP_ACCEPT);
            socket.connect(listener.getLocalAddress());
            selector.selectNow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private OpenFiles(Map<String, Integer> counts) {
        this.counts = counts;
    }

    /** What is open now. */
    public static OpenFiles now() {
        Map<String, Integer> counts = new TreeMap<>();
        try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path fd : open) {
                String target = target(fd);
                if (target.startsWith("socket:") || target.startsWith("anon_inode:") || target.startsWith("pipe:")) {
                    counts.merge(target, 1, Integer::sum);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new OpenFiles(counts);
    }

    /** Waits until everything is closed that was not open then: what other threads close may take its time. */
    public void assertNothingIsLeft() {
        await("descriptors left open")
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertEquals("", now().beyond(this)));
    }

    /** How many there are that this process holds of the same thing, e.g. of one listener. */
    public static int holding(long socketCookie) {
        int count = 0;
        try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path fd : open) {
                if (Libc.socketCookie(Integer.parseInt(fd.getFileName().toString())) == socketCookie) {
                    count++;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return count;
    }

    /** Whether a program that takes this one's place loses it: proc_pid_fdinfo(5). */
    public static boolean isCloseOnExecute(Fd fd) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo/" + fd.number()))) {
            if (line.startsWith("flags:")) {
                return (Integer.parseInt(line.substring("flags:".length()).trim(), 8) & O_CLOEXEC) != 0;
            }
        }
        throw new AssertionError("no flags in fdinfo of " + fd);
    }

    private String beyond(OpenFiles before) {
        Map<String, Integer> more = new TreeMap<>();
        counts.forEach((target, count) -> {
            int surplus = count - before.counts.getOrDefault(target, 0);
            if (surplus > 0) {
                more.put(target, surplus);
            }
        });
        return more.entrySet().stream()
                        .limit(MOST_NAMED)
                        .map(entry -> entry.getValue() + " " + entry.getKey())
                        .collect(Collectors.joining(", "))
                + (more.size() > MOST_NAMED ? " and " + (more.size() - MOST_NAMED) + " others" : "");
    }

    private static String target(Path fd) {
        try {
            return Files.readSymbolicLink(fd).toString();
        } catch (IOException e) {
            return ""; // closed since it was listed
        }
    }
}
