package dev.baton.supervisor;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next start: twice as long after each failure, up to the longest; and up to a quarter
 * more at random, so that servers which fell together do not rise together.
 */
record Backoff(Duration first, Duration longest, RandomGenerator random) {
    private static final int MOST_DOUBLINGS = 20;

    Duration after(int failures) {
        Duration doubled = first.multipliedBy(1L << Math.min(Math.max(failures - 1, 0), MOST_DOUBLINGS));
        Duration capped = doubled.compareTo(longest) < 0 ? doubled : longest;
        return capped.plusNanos((long) (capped.toNanos() * random.nextDouble() / 4));
    }
}
