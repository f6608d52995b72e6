package dev.baton.supervisor;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class OptimizingCompilerTest {
    private static final long MILLION = 1_000_000;

    @TempDir
    private Path tasks;

    private long now;

    private void thread(int tid, String name, long ran, long waited) throws IOException {
        Path thread = Files.createDirectories(tasks.resolve(Integer.toString(tid)));
        Files.writeString(thread.resolve("comm"), name + "\n");
        Files.writeString(thread.resolve("schedstat"), ran + " " + waited + " 17\n");
    }

    private OptimizingCompiler compiler(Path threads) {
        return new OptimizingCompiler(threads, () -> now);
    }

    private boolean isBusyAfter(OptimizingCompiler compiler, int millis) {
        now += millis * MILLION;
        return compiler.isBusy();
    }

    @Test
    void itIsBusyUntilItHasDoneNothingForAPeriod() throws IOException {
        thread(1, "java", 0, 0);
        thread(2, "C2 CompilerThre", 7000 * MILLION, 0);
        OptimizingCompiler compiler = compiler(tasks);
        assertTrue(compiler.isBusy(), "it may be: nobody has looked twice");
        assertTrue(isBusyAfter(compiler, 499));
        thread(2, "C2 CompilerThre", 7060 * MILLION, 0);
        assertTrue(isBusyAfter(compiler, 1), "60 ms of 500");
        thread(2, "C2 CompilerThre", 7100 * MILLION, 0);
        assertTrue(isBusyAfter(compiler, 499), "what was seen last");
        assertFalse(isBusyAfter(compiler, 1), "40 ms of 500");
        thread(2, "C2 CompilerThre", 9000 * MILLION, 0);
        assertFalse(isBusyAfter(compiler, 1000), "it has settled once and for all");
    }

    @Test
    void oneThatWaitsForAProcessorIsBusyToo() throws IOException {
        thread(2, "C2 CompilerThre", 0, 0);
        OptimizingCompiler compiler = compiler(tasks);
        thread(2, "C2 CompilerThre", 20 * MILLION, 40 * MILLION);
        assertTrue(isBusyAfter(compiler, 500));
        assertFalse(isBusyAfter(compiler, 500));
    }

    @Test
    void threadsThatComeCountAndThoseThatGoDoNot() throws IOException {
        thread(2, "C2 CompilerThre", 9000 * MILLION, 0);
        OptimizingCompiler compiler = compiler(tasks);
        Files.delete(tasks.resolve("2/schedstat"));
        thread(3, "C2 CompilerThre", 60 * MILLION, 0);
        assertTrue(isBusyAfter(compiler, 500));
        Files.delete(tasks.resolve("3/schedstat"));
        assertFalse(isBusyAfter(compiler, 500));
    }

    @Test
    void oneThatIsNotThereIsNeverBusy() throws IOException {
        thread(1, "java", 0, 0);
        thread(2, "C1 CompilerThre", 0, 0);
        assertFalse(compiler(tasks).isBusy());
        assertFalse(compiler(tasks.resolve("gone")).isBusy());
    }

    /** This JVM's own, whatever its threads are called by the one it runs on. */
    @Test
    void ofAJvmThatWorksItIsSeen() {
        assumeTrue(System.getProperty("java.vm.name").contains("HotSpot")
                || System.getProperty("java.vm.name").contains("OpenJDK"));
        OptimizingCompiler compiler =
                OptimizingCompiler.of((int) ProcessHandle.current().pid());
        assertTrue(compiler.isBusy());
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> !compiler.isBusy());
    }
}
