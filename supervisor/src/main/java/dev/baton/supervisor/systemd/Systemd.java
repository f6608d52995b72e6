package dev.baton.supervisor.systemd;

import dev.baton.handover.Fd;
import dev.baton.supervisor.Overseer;
import dev.baton.supervisor.Status;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * systemd, as far as it has started this process; where it has not, nothing is passed and nobody told.
 *
 * <p>READY=1 is said when a worker accepts and the control endpoint answers, whichever is later, so that whoever waits
 * for the unit finds both. A reload that systemd began by SIGHUP ends with another READY=1, however the upgrade ended:
 * without it systemd waits for ever (Type=notify-reload, systemd.service(5)).
 *
 * <p>The watchdog is fed by {@link #onPulse} alone, and so by the lifecycle's own thread.
 */
public final class Systemd implements Overseer {
    private static final Duration RESTFUL = Duration.ofSeconds(5);
    private static final Duration UNWATCHED = Duration.ofHours(1);

    private final Optional<NotifySocket> socket;
    private final Optional<Duration> watchdog;
    private final List<Passed> passed;
    private final AtomicInteger reloads = new AtomicInteger();
    private long fedAt;
    private String shown = "";
    private boolean controllable;
    private boolean accepting;
    private boolean ready;
    private boolean stopping;

    Systemd(Optional<NotifySocket> socket, Optional<Duration> watchdog, List<Passed> passed) {
        this.socket = socket;
        this.watchdog = watchdog;
        this.passed = passed;
        this.fedAt = System.nanoTime() - RESTFUL.toNanos();
    }

    /** By what it has put into the environment of this process. */
    public static Systemd of(Map<String, String> environment) {
        return of(environment, ProcessHandle.current().pid());
    }

    static Systemd of(Map<String, String> environment, long pid) {
        return new Systemd(
                Optional.ofNullable(environment.get("NOTIFY_SOCKET"))
                        .filter(address -> !address.isEmpty())
                        .map(NotifySocket::new),
                watchdog(environment, pid),
                ListenFds.of(environment, pid));
    }

    /** sd_watchdog_enabled(3). */
    private static Optional<Duration> watchdog(Map<String, String> environment, long pid) {
        String ours = Long.toString(pid);
        return Optional.ofNullable(environment.get("WATCHDOG_USEC"))
                .filter(micros -> micros.matches("[1-9][0-9]{0,17}"))
                .filter(micros -> environment.getOrDefault("WATCHDOG_PID", ours).equals(ours))
                .map(micros -> Duration.ofNanos(Long.parseLong(micros) * 1000));
    }

    @Override
    public List<Passed> passed() {
        return passed;
    }

    @Override
    public Duration pulse() {
        Duration pulse = watchdog.map(most -> most.dividedBy(3))
                .filter(third -> third.compareTo(RESTFUL) < 0)
                .orElse(RESTFUL);
        return socket.isPresent() ? pulse : UNWATCHED;
    }

    @Override
    public synchronized void onPulse(Supplier<Status> now) {
        if (socket.isEmpty()) {
            return;
        }
        Status status = now.get();
        StringBuilder message = new StringBuilder();
        String line = StatusLine.of(status);
        if (!line.equals(shown)) {
            shown = line;
            message.append("STATUS=").append(line).append('\n');
        }
        accepting = status.accepting();
        if (becomesReady()) {
            message.append("READY=1\n");
        }
        if (!stopping && status.phase().equals("stopping")) {
            stopping = true;
            message.append("STOPPING=1\n");
        }
        if (System.nanoTime() - fedAt >= pulse().toNanos() / 2) {
            fedAt = System.nanoTime();
            watchdog.ifPresent(most -> message.append("WATCHDOG=1\n"));
            if (!ready || stopping || !status.phase().equals("serving")) {
                // A first start, an upgrade and a long drain end by deadlines of their own; systemd's, which for
                // ExecReload= is that of the start, is not to cut them short.
                message.append("EXTEND_TIMEOUT_USEC=")
                        .append(RESTFUL.multipliedBy(4).toNanos() / 1000)
                        .append('\n');
            }
        }
        send(message.toString());
    }

    /** The control endpoint answers. */
    public synchronized void controllable() {
        controllable = true;
        if (becomesReady()) {
            send("READY=1\n");
        }
    }

    private boolean becomesReady() {
        boolean becomes = !ready && controllable && accepting;
        ready |= becomes;
        return becomes;
    }

    /**
     * A reload begins, as systemd asked for by SIGHUP.
     *
     * @return to be run when it is over, however it has ended
     */
    public Runnable reloading() {
        reloads.incrementAndGet();
        // CLOCK_MONOTONIC, which System.nanoTime() reads on Linux: systemd compares it with when it sent the signal.
        send("RELOADING=1\nMONOTONIC_USEC=" + System.nanoTime() / 1000 + "\n");
        return () -> {
            if (reloads.decrementAndGet() == 0) {
                send("READY=1\n");
            }
        };
    }

    @Override
    public void keep(String name, Fd listener) {
        socket.ifPresent(to -> to.send("FDSTORE=1\nFDNAME=" + name + "\n", List.of(listener)));
    }

    /**
     * A stop may be a restart's: sd_pid_notify_with_fds(3). A plain one cannot be told from it, nor whether
     * FileDescriptorStoreMax= (systemd.service(5)) lets systemd keep any.
     */
    @Override
    public boolean keeps() {
        return socket.isPresent();
    }

    @Override
    public void forget(String name) {
        send("FDSTOREREMOVE=1\nFDNAME=" + name + "\n");
    }

    private void send(String message) {
        if (!message.isEmpty()) {
            socket.ifPresent(to -> to.send(message, List.of()));
        }
    }
}
