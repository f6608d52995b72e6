package dev.baton.kit.jetty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class TurnTest {
    private static final int ROUNDS = 2_000_000;
    private static final int LONGEST_DELAY = 64;
    /** When every delay has met every other one at least once, and the machine has no processor for each of the two. */
    private static final long ENOUGH_NANOS = TimeUnit.SECONDS.toNanos(4);

    private static final int OVER = Integer.MAX_VALUE;

    /** Whoever comes right behind the arming. */
    private interface Other {
        boolean wins(Turn turn);
    }

    /**
     * Input, and the end of the arming, at once, as many times as there is time for, the one a little later or the other. Each time
     * input is taken, or the other one has won.
     */
    private static void race(int rounds, Other other) throws Exception {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Turn[] turns = new Turn[rounds];
            long[] armings = new long[rounds];
            for (int i = 0; i < rounds; i++) {
                turns[i] = new Turn();
                armings[i] = turns[i].arm();
            }
            AtomicInteger round = new AtomicInteger(-1);
            AtomicInteger done = new AtomicInteger(-1);
            Future<Integer> inputs = thread.submit(() -> {
                int taken = 0;
                for (int i = 0; i < rounds; i++) {
                    await(round, i);
                    if (round.get() == OVER) {
                        break;
                    }
                    pause(i / LONGEST_DELAY % LONGEST_DELAY);
                    taken += turns[i].input() ? 1 : 0;
                    done.set(i);
                }
                return taken;
            });
            int won = 0;
            int played = 0;
            long enough = System.nanoTime() + ENOUGH_NANOS;
            while (played < rounds && (played < LONGEST_DELAY * LONGEST_DELAY || System.nanoTime() < enough)) {
                int i = played++;
                round.set(i);
                pause(i % LONGEST_DELAY);
                turns[i].armed(armings[i]);
                won += other.wins(turns[i]) ? 1 : 0;
                await(done, i);
            }
            round.set(OVER);
            assertEquals(played, inputs.get() + won);
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
        race(ROUNDS, turn -> false);
    }

    @Test
    void inputAndClaimNeverBothWinAndNeverBothLose() throws Exception {
        race(ROUNDS, Turn::claim);
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

    @Test
    void whatIsGivenBackWaitsForInputAsBefore() {
        Turn turn = claimed();
        assertTrue(turn.unclaim());
        assertTrue(turn.input());
        assertTrue(turn.isBusy());
    }

    @Test
    void inputThatCameMeanwhileIsLeftToWhoGivesBack() {
        Turn turn = claimed();
        assertFalse(turn.input());
        assertTrue(turn.isClaimed());
        assertFalse(turn.unclaim());
        assertTrue(turn.isBusy());
    }

    @Test
    void whatWasClaimedUnarmedIsLeftToWhoGivesItBack() {
        Turn turn = new Turn();
        turn.claimUnarmed();
        assertTrue(turn.isClaimed());
        assertFalse(turn.unclaim());
    }

    /** Each time either input is taken, or who gives back knows of it. */
    @Test
    void inputThatComesWhileItIsGivenBackIsNotLost() throws Exception {
        race(ROUNDS / 10, turn -> turn.claim() && !turn.unclaim());
    }

    private static Turn claimed() {
        Turn turn = new Turn();
        turn.armed(turn.arm());
        assertTrue(turn.claim());
        return turn;
    }
}
