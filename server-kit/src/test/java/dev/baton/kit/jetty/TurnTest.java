package dev.baton.kit.jetty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class TurnTest {
    private static final int ROUNDS = 2_000_000;
    private static final int LONGEST_DELAY = 64;

    /** Whoever comes right behind the arming. */
    private interface Other {
        boolean wins(Turn turn);
    }

    /**
     * Input, and the end of the arming, at once, a great many times, the one a little later or the other. Each time
     * input is taken, or the other one has won.
     */
    private static void race(Other other) throws Exception {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Turn[] turns = new Turn[ROUNDS];
            long[] armings = new long[ROUNDS];
            for (int i = 0; i < ROUNDS; i++) {
                turns[i] = new Turn();
                armings[i] = turns[i].arm();
            }
            AtomicInteger round = new AtomicInteger(-1);
            AtomicInteger done = new AtomicInteger(-1);
            Future<Integer> inputs = thread.submit(() -> {
                int taken = 0;
                for (int i = 0; i < ROUNDS; i++) {
                    await(round, i);
                    pause(i / LONGEST_DELAY % LONGEST_DELAY);
                    taken += turns[i].input() ? 1 : 0;
                    done.set(i);
                }
                return taken;
            });
            int won = 0;
            for (int i = 0; i < ROUNDS; i++) {
                round.set(i);
                pause(i % LONGEST_DELAY);
                turns[i].armed(armings[i]);
                won += other.wins(turns[i]) ? 1 : 0;
                await(done, i);
            }
            assertEquals(ROUNDS, inputs.get() + won);
        } finally {
            thread.shutdownNow();
        }
    }

    private static void await(AtomicInteger counter, int value) {
        for (int spins = 0; counter.get() < value; spins++) {
            if (spins > 10_000) {
                Thread.yield(); // there may be but one processor for the two
            }
        }
    }

    private static void pause(int length) {
        for (int i = 0; i < length; i++) {
            Thread.onSpinWait();
        }
    }

    @Test
    void inputThatComesWhileArmingEndsIsNotLost() throws Exception {
        race(turn -> false);
    }

    @Test
    void inputAndClaimNeverBothWinAndNeverBothLose() throws Exception {
        race(Turn::claim);
    }

    @Test
    void threadThatWasHeldUpDoesNotEndTheNextArming() {
        Turn turn = new Turn();
        long first = turn.arm();
        assertTrue(turn.input(), "came before the first arming had ended");
        long second = turn.arm();
        assertFalse(turn.armed(first), "the one that was held up");
        assertFalse(turn.claim(), "the selection key may still be touched");
        assertTrue(turn.armed(second));
        assertTrue(turn.claim());
        assertFalse(turn.input());
        assertTrue(turn.isClaimed());
    }
}
