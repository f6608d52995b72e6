package dev.baton.supervisor;

import java.util.function.BooleanSupplier;

/**
 * Whether a server still gets quicker: its latency falls, or it is still being compiled. Latency is looked at in rounds of
 * equally many answers to the same requests: a round's average may jump as much as it likes, for what counts is the best
 * one so far, which no noise makes worse.
 */
final class Settling {
    /** By so much a round must be better than the best one before to count as progress. */
    private static final double PROGRESS = 0.95;

    /** After so many rounds without progress it has settled. */
    private static final int PATIENCE = 5;

    private static final int LEAST = 100;

    private final BooleanSupplier compiles;
    private final int length;
    private int left;
    private int inRound;
    private long sum;
    private double best = Double.MAX_VALUE;
    private double latest;
    private int since;

    /**
     * For answers that have not begun.
     *
     * @param requests how many different ones are sent in turn
     * @param least how many answers it takes at least
     * @param compiles whether the server's compiler still works; asked often
     */
    Settling(int requests, int least, BooleanSupplier compiles) {
        this.left = least;
        this.compiles = compiles;
        this.length = (LEAST + requests - 1) / requests * requests;
    }

    void took(long nanos) {
        left--;
        sum += nanos;
        inRound++;
        if (inRound == length) {
            latest = (double) sum / length;
            if (latest < best * PROGRESS) {
                best = latest;
                since = 0;
            } else {
                since++;
            }
            inRound = 0;
            sum = 0;
        }
    }

    boolean isOver() {
        return left <= 0 && since >= PATIENCE && !compiles.getAsBoolean();
    }

    /** The average of the last round, or of what there is of the first one, in nanoseconds; 0 where there is nothing. */
    long latest() {
        return latest > 0 ? (long) latest : inRound == 0 ? 0 : sum / inRound;
    }
}
