package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.supervisor.systemd.Notifications;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What systemd is told by a real supervisor; scripts/systemd-test does it with a real systemd. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class SystemdIT {
    @TempDir
    private Path directory;

    private final RunningBaton.Builder builder = RunningBaton.builder();

    private Path configure(List<String> command) throws Exception {
        String words = command.stream().map(word -> "'" + word + "'").collect(Collectors.joining(", "));
        Path file = directory.resolve("it.toml");
        Files.writeString(
                file,
                "command = [" + words + "]\nwrap = 'kit'\n[listen]\nhttp = '127.0.0.1:0'\nline = '127.0.0.1:0'\n"
                        + "[upgrade]\nbake = '0s'\n");
        return file;
    }

    private static List<String> said(Notifications notifications, String... words) {
        List<String> said = new ArrayList<>();
        for (String line : notifications.all()) {
            for (String word : words) {
                if ((" " + line).contains(" " + word + "=1 ")) {
                    said.add(word);
                }
            }
        }
        return said;
    }

    private static void awaitSaid(Notifications notifications, List<String> wanted) {
        await().atMost(RunningBaton.PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .untilAsserted(() ->
                        assertEquals(wanted, said(notifications, "READY", "RELOADING", "STOPPING"), "in this order"));
    }

    @Test
    void aReloadEndsForSystemdHoweverItHasEnded() throws Exception {
        String address = directory.resolve("notify").toString();
        try (Notifications notifications = new Notifications(address);
                RunningBaton baton = builder.config(configure(Places.demo("v1")))
                        .environment("NOTIFY_SOCKET", address)
                        .start()) {
            awaitSaid(notifications, List.of("READY"));
            assertTrue(
                    notifications.all().stream()
                                            .filter(line -> line.contains("FDSTORE=1 FDNAME=baton."))
                                            .count()
                                    == 2
                            && notifications.all().stream()
                                    .filter(line -> line.contains("FDSTORE=1"))
                                    .allMatch(line -> line.endsWith("+1")),
                    notifications.all()::toString);
            configure(Places.demo("v2"));
            baton.signal("HUP");
            awaitSaid(notifications, List.of("READY", "RELOADING", "READY"));
            assertEquals(2, baton.workers().keySet().iterator().next());
            configure(List.of("/bin/false"));
            baton.signal("HUP");
            awaitSaid(notifications, List.of("READY", "RELOADING", "READY", "RELOADING", "READY"));
            notifications.await("the upgrade to generation 3 failed");
            Files.writeString(directory.resolve("it.toml"), "nonsense");
            baton.signal("HUP");
            awaitSaid(
                    notifications, List.of("READY", "RELOADING", "READY", "RELOADING", "READY", "RELOADING", "READY"));
            assertEquals(0, baton.stop());
            assertEquals(1, said(notifications, "STOPPING").size(), notifications.all()::toString);
        }
    }

    @Test
    void theNextProgramInTheSameProcessGoesOnFeedingTheWatchdog() throws Exception {
        String address = directory.resolve("notify").toString();
        try (Notifications notifications = new Notifications(address);
                RunningBaton baton = builder.environment("NOTIFY_SOCKET", address)
                        .environment("WATCHDOG_USEC", "1000000")
                        .start()) {
            notifications.await("WATCHDOG=1");
            baton.reexec();
            awaitSaid(notifications, List.of("READY", "READY"));
            int fed = said(notifications, "WATCHDOG").size();
            await().atMost(RunningBaton.PATIENCE)
                    .until(() -> said(notifications, "WATCHDOG").size() > fed + 2);
        }
    }

    @Test
    void workersKnowNothingOfIt() throws Exception {
        String address = directory.resolve("notify").toString();
        try (Notifications notifications = new Notifications(address);
                RunningBaton baton = builder.environment("NOTIFY_SOCKET", address)
                        .environment("WATCHDOG_USEC", "600000")
                        .start()) {
            notifications.await("WATCHDOG=1");
            for (long pid : baton.workers().values()) {
                String environment = Files.readString(Path.of("/proc/" + pid + "/environ"));
                assertTrue(!environment.contains("NOTIFY_SOCKET") && !environment.contains("WATCHDOG_"), environment);
            }
        }
    }
}
