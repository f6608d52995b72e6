package dev.baton.supervisor.systemd;

import dev.baton.supervisor.Installed;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The other end of a notify socket: the JDK has no unix datagrams, and Baton itself only sends them. */
public final class Notifications implements Closeable {
    private static final String PROGRAM = String.join(
            "\n",
            "import array, socket, sys",
            "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)",
            "s.bind(sys.argv[1].replace('@', '\\0'))",
            "print('bound', flush=True)",
            "while True:",
            "    data, control, flags, sender = s.recvmsg(4096, 4096)",
            "    fds = array.array('i')",
            "    for level, kind, some in control: fds.frombytes(some)",
            "    print(data.decode().strip().replace('\\n', ' '), '+' + str(len(fds)), flush=True)");

    private final Process process;
    private final List<String> lines = new CopyOnWriteArrayList<>();

    public Notifications(String address) throws IOException {
        Installed.assume("python3");
        process = new ProcessBuilder("python3", "-c", PROGRAM, address)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Thread reader = new Thread(this::read, "notifications");
        reader.setDaemon(true);
        reader.start();
        await("bound");
    }

    private void read() {
        try (BufferedReader out = process.inputReader()) {
            out.lines().forEach(lines::add);
        } catch (IOException e) {
            lines.add(e.toString());
        }
    }

    /** Waits for a message that has this in it; behind each stands how many descriptors came along. */
    public String await(String part) {
        return org.awaitility.Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(10))
                .until(
                        () -> lines.stream()
                                .filter(line -> line.contains(part))
                                .findFirst()
                                .orElse(""),
                        line -> !line.isEmpty());
    }

    public List<String> all() {
        return List.copyOf(lines);
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
    }
}
