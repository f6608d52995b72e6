package dev.baton.supervisor;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import dev.baton.handover.ListenAddress;
import dev.baton.supervisor.Status.ListenerState;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the kernel tells of listeners, by tcp(7) and in /proc/self/net: proc(5). Read when asked, and forgotten.
 *
 * <p>How many connections wait is known of each listener. How many found the queue full is counted only for the whole
 * network namespace (ListenDrops in netstat), so every TCP listener reports that number, from the supervisor's start
 * on: 0 means that none of them lost any; more may also be the fault of another program of the machine.
 */
final class KernelQueues {
    private static final Logger LOG = LoggerFactory.getLogger(KernelQueues.class);
    private static final Path NET = Path.of("/proc/self/net");
    private static final String CONNECTING = "02";

    private final long dropsAtStart = drops();

    List<ListenerState> states(List<PublicListener> listeners) {
        long drops = Math.max(0, drops() - dropsAtStart);
        List<ListenerState> states = new ArrayList<>();
        for (PublicListener listener : listeners) {
            states.add(
                    listener.spec().address() instanceof ListenAddress.Unix unix
                            ? new ListenerState(listener.spec(), waitingAt(unix.path()), 0)
                            : new ListenerState(listener.spec(), waitingAt(listener.fd()), drops));
        }
        return states;
    }

    private static long waitingAt(Fd listener) {
        try {
            return Libc.queued(listener);
        } catch (IllegalStateException e) {
            return 0; // closed meanwhile: it has no queue
        }
    }

    /** A connection to a unix listener that nobody has accepted is listed under its path, as connecting. */
    private static long waitingAt(Path path) {
        String end = " " + path;
        return lines("unix").stream()
                .filter(line -> line.endsWith(end))
                .filter(line -> line.split("\\s+")[5].equals(CONNECTING))
                .count();
    }

    private static long drops() {
        List<String> lines = lines("netstat");
        for (int i = 0; i + 1 < lines.size(); i += 2) {
            if (lines.get(i).startsWith("TcpExt:")) {
                int column = List.of(lines.get(i).split(" ")).indexOf("ListenDrops");
                return column < 0 ? 0 : Long.parseLong(lines.get(i + 1).split(" ")[column]);
            }
        }
        return 0;
    }

    private static List<String> lines(String file) {
        try (BufferedReader reader = Files.newBufferedReader(NET.resolve(file), StandardCharsets.ISO_8859_1)) {
            return reader.lines().toList();
        } catch (IOException | java.io.UncheckedIOException e) {
            LOG.debug("{} cannot be read: {}", NET.resolve(file), e.toString());
            return List.of();
        }
    }
}
