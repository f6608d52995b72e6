package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.load.LoadReport;
import dev.baton.load.LoadRun;
import dev.baton.supervisor.Installed;
import dev.baton.supervisor.control.JsonObject;
import dev.baton.supervisor.control.NoSupervisorException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A supervisor with no descriptor left, or with one, two, three and so on, until an upgrade succeeds: one that does not
 * is refused with the reason, and leaves nothing; no client notices, and whoever asked in vain is heard later.
 */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class NoDescriptorsIT {
    private static final String SHORTAGE = "Too many open files";
    private static final int MOST = 30;
    private static final int ENOUGH = 10_000;

    /** How long a supervisor is left without, at least: else three times as long as it took with enough. */
    private static final long LEAST_NANOS = TimeUnit.SECONDS.toNanos(4);

    @Test
    void workerThatIsGivenItsSockets() throws Exception {
        upgradesWithEverMore(Places.demo("v1"));
    }

    @Test
    void workerThatInheritsItsSockets() throws Exception {
        Installed.assume("python3");
        upgradesWithEverMore(List.of(
                "/usr/bin/python3", Places.sources().resolve("server.py").toString()));
    }

    private record Answer(JsonObject upgrade, boolean isInTime) {
        boolean isUpgraded() {
            return upgrade.text("outcome").equals("upgraded");
        }
    }

    private static void upgradesWithEverMore(List<String> command) throws Exception {
        try (RunningBaton baton = RunningBaton.builder()
                        .listen("http", "127.0.0.1:0")
                        .command(command)
                        .start();
                LoadRun load = MixedLoad.churn(baton.address("http"))) {
            // So that all that it takes is loaded, and what is kept is open.
            long began = System.nanoTime();
            assertEquals("upgraded", baton.upgrade(command).json().text("outcome"));
            long patience = Math.max(LEAST_NANOS, 3 * (System.nanoTime() - began));
            baton.awaitOneWorker();
            int more = 0;
            int refused = 0;
            for (boolean succeeds = false; !succeeds; more++) {
                assertTrue(more < MOST, "no upgrade succeeds");
                Answer answer = upgradeWith(more, baton, command, patience);
                succeeds = answer.isUpgraded() && answer.isInTime();
                refused += answer.isUpgraded() ? 0 : 1;
            }
            System.out.println(refused + " upgrades refused");
            assertTrue(refused >= 3, refused + " refused");
            LoadReport report = load.stop();
            assertTrue(report.counts().clean(), report::toString);
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    /** Upgrades with so many descriptors to spare; what was not answered by then is, once there are enough. */
    private static Answer upgradeWith(int more, RunningBaton baton, List<String> command, long patience)
            throws Exception {
        Map<Integer, String> before = Processes.descriptors(baton.pid());
        long active = baton.workers().values().iterator().next();
        limit(baton, firstBehind(more, before.keySet()));
        CompletableFuture<JsonObject> asked = CompletableFuture.supplyAsync(() -> upgrade(baton, command));
        boolean isInTime = true;
        try {
            asked.get(patience, TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            isInTime = false;
        } finally {
            limit(baton, ENOUGH);
        }
        Answer answer = new Answer(answer(asked), isInTime);
        System.out.println(more + " more: " + answer);
        baton.awaitOneWorker();
        if (!answer.isUpgraded()) {
            // In the reason; or, where it ran already and had to be killed, in its last lines.
            assertTrue(answer.toString().contains(SHORTAGE), answer::toString);
            assertFalse(answer.toString().contains(SHORTAGE + " before it was ready"), answer::toString);
            assertEquals(List.of(active), List.copyOf(baton.workers().values()), "who serves");
            awaitRest(baton, before, () -> "after " + more + " more: " + answer);
        }
        return answer;
    }

    /** Nothing is left of what failed: no descriptor, no process, no file. */
    private static void awaitRest(RunningBaton baton, Map<Integer, String> before, Supplier<String> when) {
        await(when.get()).atMost(RunningBaton.PATIENCE).untilAsserted(() -> {
            Map<Integer, String> now = Processes.descriptors(baton.pid());
            assertTrue(now.size() - ofJdk(before, now) <= before.size(), () -> "there were " + before + ": " + now);
            Set<Long> workers = Set.copyOf(baton.workers().values());
            Set<Long> living = new TreeSet<>(Processes.knowing(baton.directory()));
            living.remove(baton.pid());
            assertEquals(workers, living, "who lives");
            assertEquals(0, Processes.zombies(baton.pid()), "zombies");
        });
    }

    /** A start by the JDK leaves the first of its two pipes open, both ends, where there cannot be a second. */
    private static long ofJdk(Map<Integer, String> before, Map<Integer, String> now) {
        List<String> pipes = now.entrySet().stream()
                .filter(open -> !open.getValue().equals(before.get(open.getKey())))
                .map(Map.Entry::getValue)
                .filter(file -> file.startsWith("pipe:"))
                .toList();
        return pipes.size() == 2 && pipes.get(0).equals(pipes.get(1)) ? 2 : 0;
    }

    /** The number below which so many are free. */
    private static int firstBehind(int free, Set<Integer> open) {
        return IntStream.iterate(0, number -> number + 1)
                .filter(number -> !open.contains(number))
                .skip(free)
                .findFirst()
                .orElseThrow();
    }

    private static JsonObject upgrade(RunningBaton baton, List<String> command) {
        try {
            return baton.upgrade(command).json();
        } catch (NoSupervisorException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonObject answer(CompletableFuture<JsonObject> asked) throws Exception {
        try {
            return asked.get(2, TimeUnit.MINUTES);
        } catch (ExecutionException e) {
            throw new AssertionError("the upgrade was not answered", e.getCause());
        }
    }

    /** The soft limit, which is what counts: prlimit(1). */
    private static void limit(RunningBaton baton, int most) throws Exception {
        List<String> command = List.of("prlimit", "--pid", Long.toString(baton.pid()), "--nofile=" + most + ":");
        Command.Ended ended = Command.run(baton.directory(), command);
        assertEquals(0, ended.exitCode(), ended::output);
    }
}
