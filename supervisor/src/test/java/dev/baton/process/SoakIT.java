package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.load.LoadReport;
import dev.baton.supervisor.control.JsonObject;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** For three minutes, or as many seconds as the property {@code baton.soak.seconds} says. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 30, unit = TimeUnit.MINUTES)
@Tag("alone")
class SoakIT {
    private static final long SECONDS = Long.getLong("baton.soak.seconds", 180);
    private static final long PERIOD = TimeUnit.SECONDS.toNanos(2);

    @Test
    void anUpgradeEveryTwoSecondsBreaksNothing() throws Exception {
        try (RunningBaton baton = RunningBaton.builder().start();
                MixedLoad load = MixedLoad.on(baton)) {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
            int generation = 1;
            for (long due = System.nanoTime(); due < end; due = Math.max(due + PERIOD, System.nanoTime())) {
                awaitMoment(due);
                JsonObject upgrade = baton.upgrade("v" + ++generation);
                assertEquals("upgraded", upgrade.text("outcome"), upgrade::toString);
            }
            load.awaitAnswersFrom(generation);
            for (LoadReport report : load.stop().values()) {
                System.out.print(report);
                assertTrue(report.counts().clean(), report::toString);
            }
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    private static void awaitMoment(long due) {
        await().atMost(Duration.ofNanos(2 * PERIOD))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> System.nanoTime() >= due);
    }
}
