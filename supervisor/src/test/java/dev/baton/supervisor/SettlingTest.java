package dev.baton.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntToLongFunction;
import org.junit.jupiter.api.Test;

/** When a latency has settled. */
class SettlingTest {
    private static final int MOST = 100_000;

    /** How many answers it took. */
    private static int settles(int requests, IntToLongFunction nanos) {
        Settling settling = new Settling(requests, 0, () -> false);
        int answers = 0;
        while (!settling.isOver()) {
            assertTrue(answers < MOST, "it never settles");
            settling.took(nanos.applyAsLong(answers));
            answers++;
        }
        return answers;
    }

    @Test
    void latencyThatNeverFallsSettlesAfterOneRoundMoreThanItsPatience() {
        assertEquals(600, settles(1, i -> 1000));
    }

    @Test
    void latencyThatFallsIsWaitedFor() {
        int falling = settles(1, i -> Math.max(1000, 50_000 - 20L * i));
        assertTrue(falling > 2400, "it fell until the 2450th, and was settled after " + falling);
        assertTrue(falling < 3500, "it was settled after " + falling);
    }

    @Test
    void whatIsWantedInAnyCaseIsWaitedFor() {
        Settling settling = new Settling(1, 5000, () -> false);
        int answers = 0;
        while (!settling.isOver()) {
            settling.took(1000);
            answers++;
        }
        assertEquals(5000, answers);
    }

    @Test
    void oneSlowRoundIsNoProgressAndNoReasonToBeginAnew() {
        assertEquals(600, settles(1, i -> i / 100 == 3 ? 90_000 : 1000));
    }

    @Test
    void whatIsStillCompiledHasNotSettledHoweverEvenItsLatency() {
        AtomicInteger looks = new AtomicInteger();
        Settling settling = new Settling(1, 0, () -> looks.incrementAndGet() <= 3000);
        int answers = 0;
        while (!settling.isOver()) {
            settling.took(1000);
            answers++;
        }
        assertEquals(600 + 3000, answers, "not asked before latency has settled, and then until it is quiet");
    }

    @Test
    void requestsThatTakeUnequallyLongAreComparedInEqualShares() {
        assertEquals(6 * 102, settles(3, i -> i % 3 == 0 ? 50_000 : 1000));
    }

    @Test
    void beforeTheFirstRoundIsOverItTellsWhatItHas() {
        Settling settling = new Settling(1, 0, () -> false);
        assertEquals(0, settling.latest());
        settling.took(10);
        settling.took(20);
        assertEquals(15, settling.latest());
        assertFalse(settling.isOver());
    }
}
