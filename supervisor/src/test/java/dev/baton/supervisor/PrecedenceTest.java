package dev.baton.supervisor;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.handover.Libc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PrecedenceTest {
    private static final Duration LONG = Duration.ofHours(1);

    private final ScheduledExecutorService alarms = Executors.newSingleThreadScheduledExecutor();
    private Process process;

    @BeforeEach
    void needAutogroups() {
        assumeTrue(Files.isWritable(Path.of("/proc/self/autogroup")), "this kernel has no autogroups");
    }

    @AfterEach
    void end() {
        alarms.shutdownNow();
        if (process != null) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private Precedence of(String... command) throws IOException {
        process = new ProcessBuilder(command).start();
        return new Precedence((int) process.pid(), process::isAlive, alarms);
    }

    private Precedence ofSession() throws IOException {
        return of("setsid", "sleep", "1000");
    }

    private static String autogroup(long pid) throws IOException {
        return Files.readString(Path.of("/proc", Long.toString(pid), "autogroup"))
                .strip();
    }

    private void awaitNice(int nice) {
        await().atMost(Duration.ofMinutes(1))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> autogroup(process.pid()).endsWith(" nice " + nice));
    }

    @Test
    void stepsBackAndForward() throws IOException {
        Precedence precedence = ofSession();
        precedence.stepBack(LONG);
        awaitNice(10);
        precedence.stepForward();
        assertTrue(autogroup(process.pid()).endsWith(" nice 0"), "at once, not by and by");
        precedence.stepForward();
        precedence.stepBack(LONG);
        awaitNice(10);
    }

    @Test
    void allThreadsOfItsGroupGoBackAndForwardWhereThatIsAllowed() throws IOException {
        assumeTrue(Libc.mayPutNiceBack(), "nobody may put a nice value back here");
        int ours = nice(ProcessHandle.current().pid());
        assumeTrue(ours < 11, "we step back ourselves");
        Precedence precedence = of("setsid", "sh", "-c", "sleep 1000 & wait");
        await().until(() -> process.children().count() == 1);
        long child = process.children().findFirst().orElseThrow().pid();
        precedence.stepBack(LONG);
        awaitNice(10);
        assertEquals(List.of(11, 11), List.of(nice(process.pid()), nice(child)));
        precedence.stepForward();
        assertEquals(List.of(ours, ours), List.of(nice(process.pid()), nice(child)));
        assertEquals(ours, nice(ProcessHandle.current().pid()), "its own group alone");
    }

    @Test
    void whoHasANiceValueOfItsOwnKeepsIt() throws IOException {
        Precedence precedence = of("setsid", "nice", "-n", "5", "sleep", "1000");
        int own = nice(ProcessHandle.current().pid()) + 5;
        await().until(() -> nice(process.pid()) == own);
        precedence.stepBack(LONG);
        awaitNice(10);
        assertEquals(own, nice(process.pid()));
        precedence.stepForward();
        awaitNice(0);
        assertEquals(own, nice(process.pid()));
    }

    private static int nice(long pid) {
        return ProcessIdentity.niceOf((int) pid).orElseThrow();
    }

    @Test
    void stepsForwardByItselfWhenItsTimeIsOver() throws IOException {
        Precedence precedence = ofSession();
        precedence.stepBack(LONG);
        awaitNice(10);
        precedence.stepBack(Duration.ofMillis(1));
        awaitNice(0);
    }

    @Test
    void timeThatBeganEarlierEndsNothingThatBeganLater() throws Exception {
        Precedence precedence = ofSession();
        precedence.stepBack(Duration.ofMillis(100));
        precedence.stepBack(LONG);
        awaitNice(10);
        alarms.schedule(() -> {}, 100, TimeUnit.MILLISECONDS).get(); // behind the first one's end
        assertTrue(autogroup(process.pid()).endsWith(" nice 10"));
    }

    @Test
    void waitsUntilTheProcessIsASessionOfItsOwn() throws IOException {
        String ours = autogroup(ProcessHandle.current().pid());
        Precedence precedence = of("sh", "-c", "read go; exec setsid sleep 1000");
        precedence.stepBack(LONG);
        assertEquals(ours, autogroup(process.pid()), "we are in it");
        process.getOutputStream().write('\n');
        process.getOutputStream().flush();
        awaitNice(10);
        assertEquals(ours, autogroup(ProcessHandle.current().pid()));
    }

    @Test
    void givesWayWhereMemoryRunsOutUntilItStepsForwardAndNotBeforeItIsASessionOfItsOwn() throws IOException {
        int ours = OomScore.of((int) ProcessHandle.current().pid()).orElseThrow();
        assumeTrue(ours < OomScore.FIRST, "we go first ourselves");
        Precedence precedence = of("sh", "-c", "read go; exec setsid sleep 1000");
        precedence.giveWay();
        process.getOutputStream().write('\n');
        process.getOutputStream().flush();
        awaitScore(OomScore.FIRST);
        precedence.stepBack(Duration.ofMillis(1));
        awaitNice(0);
        awaitScore(OomScore.FIRST); // its time behind the others is over, and that is all
        precedence.stepForward();
        awaitScore(ours);
        assertEquals(ours, OomScore.of((int) ProcessHandle.current().pid()).orElseThrow());
    }

    @Test
    void whatItHasStartedWhileItGaveWayIsPutBackALittleLater() throws IOException {
        int ours = OomScore.of((int) ProcessHandle.current().pid()).orElseThrow();
        assumeTrue(ours < OomScore.FIRST, "we go first ourselves");
        Precedence precedence = of("setsid", "sh", "-c", "read go; sleep 1000 & wait");
        precedence.giveWay();
        awaitScore(OomScore.FIRST);
        process.getOutputStream().write('\n');
        process.getOutputStream().flush();
        await().atMost(Duration.ofMinutes(1)).until(() -> process.children().count() == 1);
        long child = process.children().findFirst().orElseThrow().pid();
        assertEquals(OomScore.FIRST, OomScore.of((int) child).orElseThrow());
        precedence.stepForward();
        awaitScore(ours);
        awaitScore(child, ours);
    }

    private void awaitScore(int score) {
        awaitScore(process.pid(), score);
    }

    private static void awaitScore(long pid, int score) {
        await().atMost(Duration.ofMinutes(1)).until(() -> OomScore.of((int) pid).orElseThrow() == score);
    }

    @Test
    void doesNothingToAProcessThatHasEnded() throws Exception {
        Precedence precedence = ofSession();
        process.destroyForcibly().waitFor();
        precedence.stepBack(Duration.ofMillis(1));
        precedence.stepForward();
    }
}
