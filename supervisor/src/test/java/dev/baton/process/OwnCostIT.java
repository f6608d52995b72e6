package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a supervisor takes from a machine on which nothing happens, started by {@code scripts/baton} as by anybody. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class OwnCostIT {
    /** Long enough that what happens once a second shows. */
    private static final Duration WINDOW = Duration.ofSeconds(10);

    private static final long MOST_WAKE_UPS = 5;

    private static final long MIB = 1024;

    /** Of the first supervisor, see docs/cost.md, and room for other JDKs. */
    private static final long MOST_MEMORY = 80 * MIB;

    /** Of those after it, which share its classes. */
    private static final long MOST_MEMORY_THEN = (Runtime.version().feature() < 25 ? 50 : 55) * MIB;

    @TempDir
    private Path place;

    @Test
    void idleSupervisorSleepsAndIsSmall() throws Exception {
        try (RunningBaton baton = builder().start()) {
            // What follows a start, like compiling what has run often, is over sooner or later.
            await().atMost(Duration.ofMinutes(2))
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> wakeUpsInAWindow(baton.pid()), wakeUps -> wakeUps <= MOST_WAKE_UPS);
            long resident = Processes.resident(baton.pid());
            assertTrue(resident <= MOST_MEMORY, () -> "resident: " + resident + " kB");
        }
    }

    /** The first supervisor on a machine makes an archive of baton's own classes; those after it are started with that. */
    @Test
    void nextSupervisorSharesTheClassesOfTheFirst() throws Exception {
        Path cache = place.resolve("baton");
        try (RunningBaton first = builder().start()) {
            Path archive = await().atMost(Duration.ofMinutes(2))
                    .pollInterval(Duration.ofMillis(100))
                    .until(() -> archiveIn(cache), Objects::nonNull);
            assertEquals(List.of(archive), files(cache), "what is left");
            try (RunningBaton second = builder().start()) {
                String maps = Files.readString(Path.of("/proc/" + second.pid() + "/maps"));
                assertTrue(maps.contains(archive.toString()), maps);
                assertTrue(first.isAlive());
                await("at most " + MOST_MEMORY_THEN + " kB resident")
                        .atMost(Duration.ofMinutes(1))
                        .until(() -> Processes.resident(second.pid()), resident -> resident <= MOST_MEMORY_THEN);
                assertTrue(
                        second.output().stream().noneMatch(line -> line.contains("VM warning")),
                        () -> "the JVM has something to say: " + second.output());
            }
        }
    }

    @Test
    void supervisorThatEndsBeforeItHasAnArchiveLeavesNothing() throws Exception {
        Path cache = Files.createDirectory(place.resolve("baton"));
        Path killed = Files.createFile(cache.resolve("baton-1.classes"));
        Files.setLastModifiedTime(killed, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
        Path starting = Files.createFile(cache.resolve("baton-2.classes"));
        try (RunningBaton baton = builder().start()) {
            Path list = cache.resolve("baton-" + baton.pid() + ".classes");
            assertTrue(Files.exists(list), () -> list + " should be there: the start of an archive");
            assertEquals(0, baton.stop());
        }
        assertEquals(List.of(starting), files(cache), "what is left");
    }

    private RunningBaton.Builder builder() {
        return RunningBaton.builder()
                .program(Places.scripts().resolve("baton").toString())
                .environment("JAVA_HOME", System.getProperty("java.home"))
                .environment("XDG_CACHE_HOME", place.toString());
    }

    private static Path archiveIn(Path cache) throws IOException {
        // Its last step is to remove what it was made of.
        List<Path> files = files(cache);
        return files.size() == 1 && files.get(0).toString().endsWith(".jsa") ? files.get(0) : null;
    }

    private static List<Path> files(Path directory) throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(directory)) {
            found.forEach(files::add);
        }
        return files;
    }

    private static long wakeUpsInAWindow(long pid) throws IOException, InterruptedException {
        Map<Path, Long> before = wakeUps(pid);
        TimeUnit.MILLISECONDS.sleep(WINDOW.toMillis());
        return wakeUps(pid).entrySet().stream()
                .mapToLong(thread -> thread.getValue() - before.getOrDefault(thread.getKey(), 0L))
                .sum();
    }

    /** How often each of its threads has waited for something: proc(5). */
    private static Map<Path, Long> wakeUps(long pid) throws IOException {
        Map<Path, Long> wakeUps = new HashMap<>();
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/" + pid + "/task"))) {
            for (Path thread : threads) {
                wakeUps.put(thread, count(Files.readAllLines(thread.resolve("status"))));
            }
        }
        return wakeUps;
    }

    private static long count(List<String> status) {
        return status.stream()
                .filter(line -> line.startsWith("voluntary_ctxt_switches:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
    }
}
