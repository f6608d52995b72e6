package dev.baton.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.load.Answerer;
import dev.baton.load.Load;
import dev.baton.load.LoadPlan;
import dev.baton.load.LoadReport;
import dev.baton.load.Mode;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The demo and the load client have nothing to reproach each other with as long as nobody upgrades. */
@Timeout(60)
class DemoUnderLoadTest {
    private static RunningDemo demo;

    @BeforeAll
    static void start() throws Exception {
        demo = RunningDemo.start(() -> new KitFooting(null), false);
    }

    @AfterAll
    static void stop() throws Exception {
        demo.close();
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void nothingBreaksInMode(Mode mode) throws Exception {
        LoadPlan plan = LoadPlan.of(mode, demo.address(mode == Mode.LINE ? "line" : "http"))
                .withConnections(8)
                .withAtMost(2_000)
                .withSlowness(Duration.ofMillis(300))
                .withDuration(Duration.ofMillis(700));
        if (mode == Mode.SLOW) {
            plan = plan.withPaths("/slow?ms=100", "upload:/echo", "download:/file", "/stream?lines=10&ms=10");
        }
        LoadReport report = Load.start(plan).await();
        assertTrue(report.counts().clean(), report::toString);
        assertEquals(0, report.counts().reconnects(), report::toString);
        assertEquals(Set.of(new Answerer("v7", 0)), report.answerers().keySet(), report::toString);
    }
}
