package dev.baton.supervisor;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OomScoreTest {
    private static final Duration SOON = Duration.ofMinutes(1);

    private final int ours = OomScore.of((int) ProcessHandle.current().pid()).orElseThrow();
    private Process process;

    @BeforeEach
    void weAreNoneOfThoseThatGoFirst() {
        assumeTrue(ours < OomScore.FIRST, "we go first ourselves");
    }

    @AfterEach
    void end() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    /** In a session of its own, with so many processes below the first. */
    private OomScore of(int children, String script) throws IOException {
        process = new ProcessBuilder("setsid", "sh", "-c", script).start();
        await().atMost(SOON).until(() -> process.descendants().count() == children);
        return new OomScore((int) process.pid());
    }

    private List<Integer> scores() {
        List<Long> pids = new ArrayList<>(List.of(process.pid()));
        process.descendants().map(ProcessHandle::pid).sorted().forEach(pids::add);
        return pids.stream()
                .map(pid -> OomScore.of(pid.intValue()).orElseThrow())
                .toList();
    }

    @Test
    void goesFirstAndIsPutBack() throws IOException {
        OomScore score = of(0, "read go");
        score.goFirst(true);
        assertEquals(List.of(999), scores());
        score.goFirst(true);
        assertEquals(List.of(999), scores());
        score.goFirst(false);
        assertEquals(List.of(ours), scores());
        score.goFirst(false);
        assertEquals(List.of(ours), scores());
    }

    @Test
    void whatItHasStartedMeanwhileIsPutBackAfterIt() throws IOException {
        OomScore score = of(0, "read go; sleep 1000 & sh -c 'sleep 1000 & wait' & wait");
        score.goFirst(true);
        process.getOutputStream().write('\n');
        process.getOutputStream().flush();
        await().atMost(SOON).until(() -> process.descendants().count() == 3);
        assertEquals(List.of(999, 999, 999, 999), scores());
        score.goFirst(false);
        assertEquals(List.of(ours, 999, 999, 999), scores());
        score.putOthersBack();
        assertEquals(List.of(ours, ours, ours, ours), scores());
        assertEquals(ours, OomScore.of((int) ProcessHandle.current().pid()).orElseThrow(), "its own session alone");
    }

    @Test
    void whoHasAValueOfItsOwnKeepsIt() throws IOException {
        OomScore score = of(1, "echo 998 > /proc/$$/oom_score_adj; sleep 1000 & wait");
        await().atMost(SOON).until(() -> scores().equals(List.of(998, 998)));
        score.goFirst(true);
        assertEquals(List.of(998, 998), scores());
        score.goFirst(false);
        score.putOthersBack();
        assertEquals(List.of(998, 998), scores());
    }

    @Test
    void oneThatHasEndedIsPassedOver() throws Exception {
        OomScore score = of(0, "read go");
        process.destroyForcibly().waitFor();
        score.goFirst(true);
        score.goFirst(false);
        score.putOthersBack();
    }
}
