package dev.baton.supervisor.cli;

import dev.baton.supervisor.control.ControlClient;
import dev.baton.supervisor.control.NoSupervisorException;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Whether a supervisor that was told to stop has gone: first its socket, then its process, so that whatever it held is
 * free again.
 *
 * <p>A process that has ended but is not yet waited for by its parent has gone, too: it holds nothing.
 */
final class Departure {
    /** A pid from another namespace may be some other process's here; then there is an end to the waiting. */
    private static final Duration LONGEST_EXIT = Duration.ofSeconds(5);

    private final Found supervisor;
    private final String process;
    private long silentSince;

    Departure(Found supervisor) {
        this.supervisor = supervisor;
        this.process = process(supervisor.pid());
    }

    boolean isOver() {
        if (isThere()) {
            silentSince = 0;
            return false;
        }
        if (silentSince == 0) {
            silentSince = System.nanoTime();
        }
        boolean exited = process.isEmpty() || !process(supervisor.pid()).equals(process);
        return exited || System.nanoTime() - silentSince > LONGEST_EXIT.toNanos();
    }

    /** As long as somebody listens there it has not gone, however late or badly it answers. */
    private boolean isThere() {
        ControlClient client = supervisor.client();
        try {
            ControlClient.Reply reply = client.get("/v1/status");
            // Another pid: somebody has started the next supervisor already.
            return reply.status() != 200 || reply.json().object("supervisor").number("pid") == supervisor.pid();
        } catch (NoSupervisorException e) {
            return !(e.getCause() instanceof ConnectException) && Files.exists(client.socket());
        } catch (IllegalArgumentException e) {
            return true; // what it says is not to be understood
        }
    }

    /** What tells this process from an earlier or later one of the same pid; empty where there is none: proc(5). */
    static String process(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            // The name stands in parentheses and may hold anything, so that counting begins after the last one.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            boolean ended = fields[0].equals("Z") || fields[0].equals("X");
            return ended ? "" : "started at " + fields[19];
        } catch (IOException e) {
            return "";
        }
    }
}
