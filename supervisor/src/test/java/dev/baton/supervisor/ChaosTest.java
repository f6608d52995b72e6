package dev.baton.supervisor;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Libc;
import dev.baton.supervisor.Status.WorkerState;
import dev.baton.supervisor.Supervision.UpgradeBegun;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Upgrades in a row while signals hit whichever worker chance names, from a seed that is printed. */
class ChaosTest {
    private static final int UPGRADES = 15;
    private static final int KILL = 9;
    private static final int TERM = 15;
    private static final int CONT = 18;
    private static final int STOP = 19;

    private static final List<String> MANNERS = List.of(
            "",
            "",
            "",
            "exits-at-once",
            "misses-a-listener",
            "dies-when-it-is-to-accept",
            "does-not-leave",
            "does-not-drain",
            "loses-its-channel",
            "has-a-grandchild");

    @TempDir
    private Path directory;

    private final Set<Long> pids = new ConcurrentSkipListSet<>();

    private Settings settings() {
        return TestSettings.of(directory.resolve("run"), "http=127.0.0.1:0", "line=127.0.0.1:0")
                .readyTimeout(Duration.ofSeconds(10))
                .bake(Duration.ofMillis(300))
                .drain(Duration.ofMillis(300))
                .killAfter(Duration.ofMillis(500))
                .backoff(Duration.ofMillis(20), Duration.ofMillis(200))
                .settings();
    }

    @Test
    @Timeout(180)
    void whateverDiesWheneverOneWorkerServesInTheEnd() throws Exception {
        long seed = new SplittableRandom().nextLong();
        System.out.println("chaos with seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        try (Supervisor supervisor = Nobody.start(
                settings(),
                List.of(transition -> transition.workers().forEach(worker -> pids.add(worker.pid()))),
                nowhere)) {
            awaitServing(supervisor);
            long descriptors = descriptors();
            long threads = threads();
            List<UpgradeBegun> begun = new ArrayList<>();
            for (int i = 0; i < UPGRADES; i++) {
                UpgradeBegun one = begin(supervisor, MANNERS.get(random.nextInt(MANNERS.size())));
                begun.add(one);
                disturb(supervisor, one, random);
            }
            for (UpgradeBegun one : begun) {
                UpgradeRecord record = one.end().toCompletableFuture().get(60, TimeUnit.SECONDS);
                System.out.println(record.id() + " " + record.outcome().orElseThrow() + " " + record.phases()
                        + record.reason().map(reason -> " " + reason).orElse(""));
            }
            awaitServing(supervisor);
            assertEquals(1, supervisor.status().workers().size());
            await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
                // Fewer are no leak: what tests before this one in the same JVM had open goes when it is collected.
                assertTrue(descriptors() <= descriptors, () -> "descriptors leak: " + descriptors + " before");
                assertTrue(threads() <= threads, () -> "threads leak: " + threads + " before");
            });
        }
        for (long pid : pids) {
            assertTrue(ProcessHandle.of(pid).isEmpty(), "left behind: pid " + pid);
        }
    }

    /** As soon as it is not refused any more. */
    private static UpgradeBegun begin(Supervisor supervisor, String manner) {
        UpgradeRequest request = new UpgradeRequest(StubWorker.command(manner), Map.of(), Optional.empty());
        return (UpgradeBegun) await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> supervisor.upgrade(request), UpgradeBegun.class::isInstance);
    }

    private static void awaitServing(Supervisor supervisor) {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> supervisor.status().phase().equals("serving")
                        && supervisor.status().accepting());
    }

    /** Strikes now and then until the upgrade is over; now and then asks for a rollback. */
    private static void disturb(Supervisor supervisor, UpgradeBegun upgrade, SplittableRandom random) {
        for (int blow = 0; blow < 2; blow++) {
            long until =
                    System.nanoTime() + Duration.ofMillis(random.nextInt(900)).toNanos();
            await().pollInterval(Duration.ofMillis(5))
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> System.nanoTime() - until > 0
                            || upgrade.end().toCompletableFuture().isDone());
            List<WorkerState> workers = supervisor.status().workers();
            if (!workers.isEmpty()) {
                strike((int) workers.get(random.nextInt(workers.size())).pid(), random);
            }
            if (random.nextInt(6) == 0) {
                supervisor.rollback();
            }
        }
        if (random.nextBoolean()) {
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> upgrade.end().toCompletableFuture().isDone());
        }
    }

    private static void strike(int pid, SplittableRandom random) {
        try {
            switch (random.nextInt(5)) {
                case 0 -> Libc.kill(pid, KILL);
                case 1 -> Libc.kill(pid, TERM);
                case 2 -> {
                    Libc.kill(pid, STOP);
                    long until = System.nanoTime() + Duration.ofMillis(300).toNanos();
                    await().pollInterval(Duration.ofMillis(20)).until(() -> System.nanoTime() - until > 0);
                    Libc.kill(pid, CONT);
                }
                default -> {
                    // mercy
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("baton-"))
                .count();
    }

    private static long descriptors() throws IOException {
        try (var open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }
}
