package dev.baton.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a worker is born with, and what becomes of what it prints. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class WorkerSurroundingsIT {
    private static final Set<String> OF_THE_SUPERVISOR = Set.of(
            "NOTIFY_SOCKET",
            "LISTEN_FDS",
            "LISTEN_PID",
            "LISTEN_FDNAMES",
            "WATCHDOG_USEC",
            "WATCHDOG_PID",
            "RUNTIME_DIRECTORY");

    @Test
    void workersSeeNothingOfTheSupervisorsOwnParentAndWhatTheyWereGiven() throws Exception {
        RunningBaton.Builder builder = RunningBaton.builder().flag("--environment", "PROFILE=prod");
        OF_THE_SUPERVISOR.forEach(name -> builder.environment(name, "1"));
        try (RunningBaton baton = builder.environment("TZ_OF_THE_SHOP", "UTC").start()) {
            assertEquals("upgraded", baton.upgrade("v2").text("outcome"));
            Map<String, String> environment =
                    Processes.environment(baton.workers().get(2));
            Set<String> seen = new TreeSet<>(environment.keySet());
            seen.retainAll(OF_THE_SUPERVISOR);
            assertEquals(Set.of(), seen);
            assertEquals("prod", environment.get("PROFILE"));
            assertEquals("UTC", environment.get("TZ_OF_THE_SHOP"));
        }
    }

    @Test
    void workersShareNothingWithTheSupervisorButTheListenersAndTheirOutput() throws Exception {
        try (RunningBaton baton = RunningBaton.builder()
                .listen("http", "127.0.0.1:0")
                .listen("line", "127.0.0.1:0")
                .listen("line-two", "127.0.0.1:0")
                .start()) {
            assertEquals(3, sharedSockets(baton, 1).size());
            for (int generation = 2; generation <= 4; generation++) {
                assertEquals("upgraded", baton.upgrade("v" + generation).text("outcome"));
                assertEquals(3, sharedSockets(baton, generation).size());
            }
            Map<Integer, String> descriptors =
                    Processes.descriptors(baton.workers().get(4));
            assertEquals("/dev/null", descriptors.get(0));
            assertTrue(descriptors.get(1).startsWith("pipe:"), () -> "standard output is " + descriptors.get(1));
            assertTrue(descriptors.get(2).startsWith("pipe:"), () -> "standard error is " + descriptors.get(2));
            assertFalse(
                    descriptors.values().stream()
                            .anyMatch(target ->
                                    target.startsWith(baton.directory().toString()) || target.endsWith("baton.jar")),
                    descriptors::toString);
        }
    }

    @Test
    void supervisorHoldsNoMoreDescriptorsAfterManyUpgrades() throws Exception {
        try (RunningBaton baton = RunningBaton.builder().start()) {
            assertEquals("upgraded", baton.upgrade("v2").text("outcome"));
            int before = sockets(baton.pid()).size();
            for (int generation = 3; generation <= 6; generation++) {
                assertEquals("upgraded", baton.upgrade("v" + generation).text("outcome"));
            }
            assertTrue(
                    sockets(baton.pid()).size() <= before + 1,
                    () -> before + " sockets before, and now " + baton.pid() + " has more");
        }
    }

    private static Set<String> sharedSockets(RunningBaton baton, int generation) throws IOException {
        Set<String> shared = sockets(baton.workers().get(generation));
        shared.retainAll(sockets(baton.pid()));
        return shared;
    }

    private static Set<String> sockets(long pid) throws IOException {
        return Processes.descriptors(pid).values().stream()
                .filter(target -> target.startsWith("socket:"))
                .collect(Collectors.toCollection(HashSet::new));
    }

    @Test
    void everyLineOfAWorkerBearsItsGenerationAndPid() throws Exception {
        try (RunningBaton baton = RunningBaton.builder().start()) {
            long first = baton.workers().get(1);
            baton.awaitLine("\\[gen 1 pid " + first + "] .*ready label=v1.*");
            assertEquals("upgraded", baton.upgrade("v2").text("outcome"));
            long second = baton.workers().get(2);
            baton.awaitLine("\\[gen 2 pid " + second + "] .*ready label=v2.*");
            assertEquals(0, baton.stop());
            assertFalse(
                    baton.output().stream()
                            .anyMatch(
                                    line -> line.contains("ready label=") && !line.matches("\\[gen \\d pid \\d+] .*")),
                    () -> String.join("\n", baton.output()));
        }
    }
}
