package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.load.LoadReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Upgrades, eight or as many as the property {@code baton.random.upgrades} says, and at any moment of each any fault of
 * any worker; the property {@code baton.random.seed} repeats what a run has printed.
 */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class RandomFaultsIT {
    private static final int UPGRADES = Integer.getInteger("baton.random.upgrades", 8);
    private static final long SEED = Long.getLong("baton.random.seed", new SplittableRandom().nextLong());
    private static final int LONGEST_WAIT = 4_000;

    private static final List<List<String>> BAD_CANDIDATES = List.of(
            List.of("sh", "-c", "exit 1"),
            List.of("sh", "-c", "sleep 600 & exit 3"),
            FaultyWorker.command("binds-one-listener"));

    @TempDir
    private Path directory;

    private final SplittableRandom random = new SplittableRandom(SEED);

    @Test
    void afterAnyFaultsOneWorkerServesAndTheSupervisorIsAsItWas() throws Exception {
        System.out.println("random faults with seed " + SEED);
        Path orders = Files.createDirectory(directory.resolve("orders"));
        CheckedConfiguration configuration = new CheckedConfiguration(
                        directory.resolve("it.toml"), FaultyDemo.command("v1", orders), "/slow?ms=100")
                .write("60s", "500ms");
        try (RunningBaton baton = configuration.start();
                MixedLoad load = MixedLoad.onOnePage(baton)) {
            configuration.write("10s", "500ms");
            warmUp(baton, orders);
            int descriptors = Processes.descriptors(baton.pid()).size();
            long resident = Processes.resident(baton.pid());
            long start = System.nanoTime();
            for (int i = 1; i <= UPGRADES; i++) {
                String done = upgrade(baton, orders);
                baton.awaitOneWorker();
                assertEquals(List.of(), baton.wrongAtRest(), () -> "after " + done + ", seed " + SEED);
            }
            long now = Processes.resident(baton.pid());
            System.out.printf(
                    "%d upgrades in %d s; resident memory %d kB, then %d kB; %d descriptors%n",
                    UPGRADES, TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start), resident, now, descriptors);
            await().atMost(RunningBaton.PATIENCE)
                    .untilAsserted(() -> assertTrue(
                            Processes.descriptors(baton.pid()).size()
                                    <= descriptors, // one of then may have been passing
                            () -> "there were " + descriptors));
            assertTrue(now < resident * 1.5, () -> "resident memory went from " + resident + " to " + now + " kB");
            for (LoadReport report : load.stop().values()) {
                assertEquals(0, report.counts().refused(), () -> "seed " + SEED + ": " + report);
                assertTrue(report.counts().ok() > UPGRADES, report::toString);
            }
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    /** Every way once, so that all code that is needed is loaded, and the memory for it taken. */
    private static void warmUp(RunningBaton baton, Path orders) throws Exception {
        for (List<String> candidate : BAD_CANDIDATES) {
            baton.upgrade(candidate);
        }
        for (int i = 0; i < 2; i++) {
            baton.control().post("/v1/upgrade?wait=60s", Map.of());
        }
        long active = baton.workers().values().iterator().next();
        Fault.EXIT.strike(active, orders);
        Processes.awaitGone(active);
        baton.awaitOneWorker();
    }

    private String upgrade(RunningBaton baton, Path orders) throws Exception {
        if (random.nextInt(5) == 0) {
            List<String> candidate = BAD_CANDIDATES.get(random.nextInt(BAD_CANDIDATES.size()));
            assertEquals(502, baton.upgrade(candidate).status());
            return said("a bad candidate: " + candidate.get(candidate.size() - 1));
        }
        assertEquals(202, baton.control().post("/v1/upgrade", Map.of()).status());
        int moment = random.nextInt(LONGEST_WAIT);
        int kind = random.nextInt(10);
        int who = random.nextInt(2);
        Fault fault = fault(random.nextInt(100));
        await().pollDelay(Duration.ofMillis(moment)).until(() -> true);
        if (kind == 0) {
            return said("nothing");
        }
        if (kind <= 2) {
            int status = baton.control().post("/v1/rollback", Map.of()).status();
            return said("after " + moment + " ms a rollback: " + status);
        }
        List<Map.Entry<Integer, Long>> workers = List.copyOf(baton.workers().entrySet());
        if (workers.isEmpty()) {
            return said("after " + moment + " ms nobody was there");
        }
        Map.Entry<Integer, Long> victim = workers.get(Math.min(who, workers.size() - 1));
        String phase = baton.status().text("phase");
        strike(baton, fault, victim.getValue(), orders);
        return said("after " + moment + " ms, " + phase + ", generation " + victim.getKey() + ": " + fault);
    }

    private static String said(String done) {
        System.out.println(done);
        return done;
    }

    private static Fault fault(int percent) {
        return percent < 35 ? Fault.KILL : percent < 65 ? Fault.EXIT : percent < 92 ? Fault.STOP : Fault.HANG;
    }

    private static void strike(RunningBaton baton, Fault fault, long victim, Path orders) throws Exception {
        try {
            fault.strike(victim, orders);
        } catch (IOException e) {
            System.out.println("too late: " + e.getMessage());
            return;
        }
        if (fault == Fault.HANG) {
            baton.awaitOneWorker();
            if (baton.workers().containsValue(victim)) { // it serves, as far as anybody can tell
                Processes.signal("KILL", victim);
            }
        }
        if (fault.isDeadly()) {
            Processes.awaitGone(victim);
            baton.awaitForgotten(victim);
        }
    }
}
