package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a worker is born with, and what becomes of what it prints. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class WorkerSurroundingsIT {
    private static final Set<String> OF_THE_SUPERVISOR = Set.of(
            "NOTIFY_SOCKET",
            "LISTEN_FDS",
            "LISTEN_PID",
            "LISTEN_FDNAMES",
            "WATCHDOG_USEC",
            "WATCHDOG_PID",
            "INVOCATION_ID",
            "JOURNAL_STREAM",
            "MAINPID",
            "MANAGERPID",
            "SYSTEMD_EXEC_PID",
            "RUNTIME_DIRECTORY");

    @TempDir
    private Path directory;

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
    void workersAreGivenTheirTextsAndTheLocaleAsTheyAreAlsoWhereThatHasNoSuchCharacters() throws Exception {
        String argument = "gr\u00f6\u00dfe \u20ac";
        String variable = "\ud83d\ude80";
        Path config = Files.writeString(directory.resolve("it.toml"), """
                command = ["sh", "-c", 'echo "$$0 $$NAME [$$LC_ALL]"; exec sleep 600', "%s"]
                environment = { NAME = "%s" }
                listen = { http = "127.0.0.1:0" }
                ready = { after = "1ms" }
                """.formatted(argument, variable));
        String printed = "\\[gen %d pid \\d+] " + argument + " " + variable + " \\[C]";
        assertPrinted(printed, byTheLauncher(config).environment("LC_ALL", "C"));
    }

    private static RunningBaton.Builder byTheLauncher(Path config) {
        return RunningBaton.builder()
                .program(Places.scripts().resolve("baton").toString())
                .environment("JAVA_HOME", System.getProperty("java.home"))
                .config(config);
    }

    /** By a worker of the program that was started, and by one of the program that has replaced it. */
    private static void assertPrinted(String line, RunningBaton.Builder builder) throws Exception {
        try (RunningBaton baton = builder.start()) {
            baton.awaitLine(line.formatted(1));
            baton.reexec();
            assertEquals(
                    200, baton.control().post("/v1/upgrade?wait=120s", Map.of()).status());
            baton.awaitLine(line.formatted(2));
        }
    }

    /** No JVM would start with these and baton's own. */
    @Test
    void optionsForJvmsAreTheWorkersAndNotTheSupervisors() throws Exception {
        Path config = Files.writeString(directory.resolve("it.toml"), """
                command = ["sh", "-c", 'echo "$$JAVA_TOOL_OPTIONS $$_JAVA_OPTIONS $$AGAIN"; exec sleep 600']
                environment = { AGAIN = "${JAVA_TOOL_OPTIONS}" }
                listen = { http = "127.0.0.1:0" }
                ready = { after = "1ms" }
                """);
        String printed = "\\[gen %d pid \\d+] -XX:\\+UseG1GC -Xms1g -XX:\\+UseG1GC";
        assertPrinted(
                printed,
                byTheLauncher(config)
                        .environment("JAVA_TOOL_OPTIONS", "-XX:+UseG1GC")
                        .environment("_JAVA_OPTIONS", "-Xms1g"));
    }

    @Test
    void workersAreGivenNoTokenOfTheControlEndpoint() throws Exception {
        Path config = directory.resolve("it.toml");
        Files.writeString(config, Places.configuration(Places.demo("v1"), """
                [control]
                http = "127.0.0.1:0"
                """));
        try (RunningBaton baton = RunningBaton.builder().config(config).start()) {
            long worker = baton.workers().get(1);
            for (String name : List.of("read-token", "act-token")) {
                Path file = baton.directory().resolve(name);
                await().atMost(RunningBaton.PATIENCE).until(() -> Files.exists(file));
                String token = Files.readString(file).strip();
                String environment = Processes.environment(worker).toString();
                assertFalse(environment.contains(token), environment);
                String descriptors = Processes.descriptors(worker).toString();
                assertFalse(descriptors.contains(file.toString()), descriptors);
                assertFalse(String.join("\n", baton.output()).contains(token), "a token in the log");
            }
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
                            .anyMatch(target -> !target.contains("/baton-agent")
                                    && (target.startsWith(baton.directory().toString())
                                            || target.endsWith("baton.jar"))),
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
