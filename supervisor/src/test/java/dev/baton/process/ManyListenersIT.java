package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.load.Load;
import dev.baton.load.LoadPlan;
import dev.baton.load.LoadReport;
import dev.baton.load.LoadRun;
import dev.baton.load.Mode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OutputOnFailure.class)
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class ManyListenersIT {
    private static final int LISTENERS = 64;
    private static final int UPGRADES = 5;

    @Test
    void sixtyFourListenersAreUpgradedUnderLoadOnEveryOneOfThem() throws Exception {
        RunningBaton.Builder builder = RunningBaton.builder().listen("line", "127.0.0.1:0");
        for (int i = 1; i < LISTENERS; i++) {
            builder.listen("http-" + i, "127.0.0.1:0");
        }
        try (RunningBaton baton = builder.start()) {
            List<LoadRun> runs = new ArrayList<>();
            try {
                runs.add(
                        Load.start(LoadPlan.of(Mode.LINE, baton.address("line")).withAtMost(50)));
                for (int i = 1; i < LISTENERS; i++) {
                    LoadPlan plan = LoadPlan.of(Mode.CHURN, baton.address("http-" + i));
                    runs.add(Load.start(plan.withConnections(1).withAtMost(4)));
                }
                awaitAnswers(runs, 1);
                for (int generation = 2; generation <= UPGRADES + 1; generation++) {
                    assertEquals("upgraded", baton.upgrade("v" + generation).text("outcome"));
                    awaitAnswers(runs, generation);
                }
                for (LoadRun run : runs) {
                    LoadReport report = run.stop();
                    assertTrue(report.counts().clean(), report::toString);
                }
            } finally {
                runs.forEach(LoadRun::close);
            }
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    private static void awaitAnswers(List<LoadRun> runs, int generation) {
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> runs.stream()
                        .allMatch(run -> run.snapshot().generations().containsKey(generation)));
    }
}
