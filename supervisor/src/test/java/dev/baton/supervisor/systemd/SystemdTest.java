package dev.baton.supervisor.systemd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import dev.baton.handover.ListenAddress;
import dev.baton.handover.Traffic;
import dev.baton.supervisor.Status;
import dev.baton.supervisor.Status.Restarts;
import dev.baton.supervisor.Status.Role;
import dev.baton.supervisor.Status.WorkerState;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SystemdTest {
    private static final long PID = 4711;

    @TempDir
    private Path directory;

    private static WorkerState worker(int generation, Role role, boolean accepting, int active, int idle) {
        return new WorkerState(
                generation,
                role,
                accepting,
                1,
                Instant.EPOCH,
                List.of("x"),
                active,
                idle,
                0,
                true,
                Optional.empty(),
                List.of(),
                Traffic.NONE);
    }

    private static Status status(String phase, WorkerState... workers) {
        return new Status(
                "shop",
                phase,
                Instant.EPOCH,
                List.of(),
                List.of(workers),
                0,
                Traffic.NONE,
                Restarts.NONE,
                Optional.empty());
    }

    @Test
    void isReadyWhenAWorkerAcceptsAndTheControlEndpointAnswers() throws Exception {
        String address = directory.resolve("notify").toString();
        try (Notifications notifications = new Notifications(address)) {
            Systemd systemd = Systemd.of(Map.of("NOTIFY_SOCKET", address), PID);
            systemd.onPulse(() -> status("starting", worker(1, Role.ACTIVE, false, 0, 0)));
            systemd.onPulse(() -> status("serving", worker(1, Role.ACTIVE, true, 1, 0)));
            systemd.onPulse(() -> status("serving", worker(1, Role.ACTIVE, true, 1, 1)));
            notifications.await("2 connections");
            assertTrue(
                    notifications.all().stream().noneMatch(line -> line.contains("READY=1")), "it is not controllable");
            systemd.controllable();
            systemd.onPulse(() -> status("stopping", worker(1, Role.RETIRING, false, 1, 0)));
            notifications.await("STOPPING=1");
            List<String> all = notifications.all();
            assertTrue(
                    all.get(1).startsWith("STATUS=Starting: generation 1 starts EXTEND_TIMEOUT_USEC="), all.toString());
            assertEquals("STATUS=Serving: generation 1 serves 1 connection +0", all.get(2));
            assertEquals("READY=1 +0", all.get(4));
            assertEquals("STATUS=Stopping: generation 1 finishes 1 connection STOPPING=1 +0", all.get(5));
        }
    }

    @Test
    void speaksToAnAbstractSocketToo() throws Exception {
        String address = "@baton-test-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
        try (Notifications notifications = new Notifications(address)) {
            Systemd systemd = Systemd.of(Map.of("NOTIFY_SOCKET", address), PID);
            Runnable over = systemd.reloading();
            long now = System.nanoTime() / 1000;
            String reloading = notifications.await("RELOADING=1 MONOTONIC_USEC=");
            long told = Long.parseLong(reloading.replaceAll(".*USEC=([0-9]+) .*", "$1"));
            assertTrue(told <= now && told > now - Duration.ofMinutes(1).toNanos() / 1000, reloading);
            Runnable another = systemd.reloading();
            over.run();
            systemd.forget("between");
            notifications.await("between");
            assertTrue(notifications.all().stream().noneMatch(line -> line.contains("READY=1")), "one still runs");
            another.run();
            notifications.await("READY=1");
        }
    }

    @Test
    void keepsAListenerUnderItsName() throws Exception {
        String address = directory.resolve("notify").toString();
        try (Notifications notifications = new Notifications(address);
                Fd listener = Libc.listen((ListenAddress.Bindable) ListenAddress.parse("127.0.0.1:0"), 1)) {
            Systemd systemd = Systemd.of(Map.of("NOTIFY_SOCKET", address), PID);
            systemd.keep("baton.http.7", listener);
            assertEquals("FDSTORE=1 FDNAME=baton.http.7 +1", notifications.await("FDSTORE=1"));
            systemd.forget("baton.http.7");
            assertEquals("FDSTOREREMOVE=1 FDNAME=baton.http.7 +0", notifications.await("REMOVE"));
        }
    }

    @Test
    void feedsTheWatchdogAtAPulseThatIsAThirdOfItsPatience() throws Exception {
        String address = directory.resolve("notify").toString();
        Map<String, String> environment =
                Map.of("NOTIFY_SOCKET", address, "WATCHDOG_USEC", "3000000", "WATCHDOG_PID", Long.toString(PID));
        try (Notifications notifications = new Notifications(address)) {
            Systemd systemd = Systemd.of(environment, PID);
            assertEquals(Duration.ofSeconds(1), systemd.pulse());
            systemd.onPulse(() -> status("starting"));
            notifications.await("WATCHDOG=1");
            Systemd other = Systemd.of(environment, PID + 1);
            assertEquals(Duration.ofSeconds(5), other.pulse());
        }
    }

    @Test
    void asksForMoreTimeWhileAnUpgradeRunsAndNotAtRest() throws Exception {
        String address = directory.resolve("notify").toString();
        try (Notifications notifications = new Notifications(address)) {
            // So impatient a watchdog that each pulse is due.
            Systemd systemd = Systemd.of(Map.of("NOTIFY_SOCKET", address, "WATCHDOG_USEC", "3"), PID);
            systemd.controllable();
            for (String phase : List.of("serving", "upgrading", "draining", "rolling-back", "serving")) {
                systemd.onPulse(() -> status(phase, worker(1, Role.ACTIVE, true, 0, 0)));
            }
            systemd.forget("end");
            notifications.await("end");
            List<String> asked = notifications.all().stream()
                    .filter(line -> line.contains("WATCHDOG=1"))
                    .map(line -> line.contains("EXTEND_TIMEOUT_USEC=20000000") ? "more" : "rest")
                    .toList();
            assertEquals(List.of("rest", "more", "more", "more", "rest"), asked);
        }
    }

    @Test
    void noSystemdIsToldNothing() {
        Systemd nobody = Systemd.of(Map.of("LISTEN_FDS", "2", "LISTEN_PID", "1"), PID);
        assertEquals(List.of(), nobody.passed());
        nobody.onPulse(() -> {
            throw new AssertionError("nobody listens");
        });
        nobody.reloading().run();
        nobody.forget("x");
        nobody.controllable();
    }

    @Test
    void aSocketThatIsGoneIsNoReasonToStop() {
        Systemd systemd =
                Systemd.of(Map.of("NOTIFY_SOCKET", directory.resolve("gone").toString()), PID);
        systemd.onPulse(() -> status("serving"));
        assertFalse(systemd.pulse().isZero());
    }
}
