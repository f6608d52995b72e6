package dev.baton.supervisor;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a worker steps back behind those that serve when processors are short: the nice value of its session's
 * autogroup, {@code /proc/PID/autogroup}, sched(7). Unlike a process's own nice value, anybody may put that of his
 * processes back. Where there are no autogroups, or cgroups share out the processors, it is as if it had not been asked
 * to.
 *
 * <p>Threading: any.
 */
final class Precedence {
    /** A tenth of the weight of those with 0. */
    private static final int BACK = 10;

    private static final int FRONT = 0;
    private static final Logger LOG = LoggerFactory.getLogger(Precedence.class);

    /** The kernel takes ten changes a second from all of the machine's ordinary users together, then EAGAIN. */
    private static final Duration RETRY = Duration.ofMillis(20);

    private static final Duration RARELY = Duration.ofSeconds(1);

    private final int pid;
    private final BooleanSupplier alive;
    private final ScheduledExecutorService alarms;
    private int wanted = FRONT;
    private int turn;

    /** @param alive whether the process with this pid is still the worker */
    Precedence(int pid, BooleanSupplier alive, ScheduledExecutorService alarms) {
        this.pid = pid;
        this.alive = alive;
        this.alarms = alarms;
    }

    /** Steps back, for no longer than this. */
    synchronized void stepBack(Duration atMost) {
        want(BACK);
        int since = turn;
        alarms.schedule(() -> endOf(since), atMost.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Has its full share from now on. */
    synchronized void stepForward() {
        want(FRONT);
    }

    private synchronized void endOf(int since) {
        if (turn == since && alive.getAsBoolean()) {
            LOG.info("pid={} takes long at a low priority, and gets its full share", pid);
            want(FRONT);
        }
    }

    private void want(int nice) {
        wanted = nice;
        apply(++turn, RETRY);
    }

    private synchronized void apply(int since, Duration pause) {
        if (turn != since || !alive.getAsBoolean()) {
            return;
        }
        try {
            if (!isApplied()) {
                Duration twice = pause.multipliedBy(2);
                Duration next = twice.compareTo(RARELY) < 0 ? twice : RARELY;
                alarms.schedule(() -> apply(since, next), pause.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (IOException e) {
            LOG.debug("pid={} has no autogroup", pid, e);
        }
    }

    /** @return false where it is to be tried again */
    private boolean isApplied() throws IOException {
        Path file = Path.of("/proc", Integer.toString(pid), "autogroup");
        if (ProcessIdentity.sessionOf(pid).orElse(pid) != pid) {
            return false; // before setsid(1) has run, it is in our own
        }
        if (nice(file) == wanted) {
            return true;
        }
        try (FileOutputStream out = new FileOutputStream(file.toFile())) {
            out.write(Integer.toString(wanted).getBytes(StandardCharsets.US_ASCII));
            return true;
        } catch (IOException e) {
            LOG.debug("pid={} autogroup nice={}: {}", pid, wanted, e.getMessage());
            return false;
        }
    }

    /** The file says {@code /autogroup-123 nice 10}. */
    private static int nice(Path file) throws IOException {
        String[] words =
                Files.readString(file, StandardCharsets.US_ASCII).strip().split(" ");
        return words.length == 3 ? Integer.parseInt(words[2]) : FRONT;
    }
}
