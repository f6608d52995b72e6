package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.supervisor.control.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Whoever crashes is dead at once, however long the kernel takes to write the core. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class CoreDumpIT {
    private static final String CRASHED = "has crashed (its core is being written)";

    @TempDir
    private Path directory;

    private SlowCores cores;

    @BeforeEach
    void takeCores() throws Exception {
        Optional<SlowCores> made = SlowCores.create(Files.createDirectory(directory.resolve("cores")));
        assumeTrue(made.isPresent(), "this user cannot say here who takes cores");
        cores = made.get();
    }

    @AfterEach
    void leaveThem() throws Exception {
        if (cores != null) {
            cores.close();
        }
    }

    private List<String> demo(String label) {
        List<String> command = Places.demo(label);
        command.add(1, "-XX:ErrorFile=" + directory.resolve("crash.log"));
        return command;
    }

    /** No thread of it says a word: only the kernel knows. */
    @Test
    void oldOneServesAgainWhileTheCoreOfTheNewOneIsBeingWritten() throws Exception {
        try (RunningBaton baton =
                RunningBaton.builder().flag("--bake", "10m").command(demo("v1")).start()) {
            baton.beginUpgrade(demo("v2"));
            baton.awaitLine(".*phase=baking .*");
            long crashed = crash(baton, 2, "ABRT");
            baton.awaitOneWorker();

            assertTrue(SlowCores.isDumping(crashed));
            JsonObject upgrade = baton.status().object("lastUpgrade");
            assertEquals("rolled-back", upgrade.text("outcome"), upgrade::toString);
            assertEquals("generation 2 " + CRASHED, upgrade.text("reason"));
            assertTrue(RawClient.get(baton.address("http"), "/").text().startsWith("v1 gen=1 "));

            cores.letGo(crashed);
            baton.awaitLine(".* generation=2 pid=" + crashed + " was killed by SIGABRT: its core has been written");
            assertEquals(List.of(), baton.wrongAtRest());
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    /** It says that it crashes: nobody looks after a worker that is alone and says nothing. */
    @Test
    void anotherOneIsStartedWhileTheCoreOfTheOnlyOneIsBeingWritten() throws Exception {
        try (RunningBaton baton = RunningBaton.builder().command(demo("v1")).start()) {
            long crashed = crash(baton, 1, "SEGV");
            awaitServing(baton, 2);

            assertTrue(SlowCores.isDumping(crashed));
            assertTrue(RawClient.get(baton.address("http"), "/").text().startsWith("v1 gen=2 "));
            assertTrue(baton.output().stream().noneMatch(line -> line.contains("channel lost")), baton::toString);

            cores.letGo(crashed);
            baton.awaitLine(".* generation=1 pid=" + crashed + " was killed by SIGABRT: its core has been written");
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    /** Each of them has its memory until its core has been written. */
    @Test
    void noThirdOneIsStartedWhileTheCoresOfTwoAreBeingWritten() throws Exception {
        try (RunningBaton baton = RunningBaton.builder().command(demo("v1")).start()) {
            long first = crash(baton, 1, "SEGV");
            awaitServing(baton, 2);
            long second = crash(baton, 2, "SEGV");
            await().atMost(RunningBaton.PATIENCE).until(() -> SlowCores.isDumping(second));
            cores.letGo(first);
            awaitServing(baton, 3);

            assertTrue(SlowCores.isDumping(second));
            List<String> told = baton.output().stream()
                    .filter(line ->
                            line.contains(CRASHED) && line.contains(" exited ") || line.contains("has been written"))
                    .toList();
            assertEquals(3, told.size(), told::toString);
            assertTrue(told.get(1).contains("generation=1 pid=" + first), told::toString);
            assertTrue(told.get(2).contains("exited generation=2 "), told::toString);
        }
    }

    private long crash(RunningBaton baton, int generation, String signal) throws Exception {
        long crashed = baton.workers().get(generation);
        cores.hold(crashed);
        Processes.signal(signal, crashed);
        return crashed;
    }

    /** As the only one that counts. */
    private static void awaitServing(RunningBaton baton, int generation) {
        await().atMost(RunningBaton.PATIENCE)
                .until(() -> baton.workers().keySet().equals(Set.of(generation)) && baton.isHealthy());
    }
}
