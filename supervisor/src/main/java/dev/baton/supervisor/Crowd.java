package dev.baton.supervisor;

import java.util.HashMap;
import java.util.Map;

/**
 * How many there are of each kind, so that those of one kind cannot take the places of another.
 *
 * <p>Threading: any.
 */
final class Crowd {
    private final Map<Integer, Integer> counts = new HashMap<>();

    /** Takes a place, unless there are so many of the kind already. */
    synchronized boolean enter(int kind, int most) {
        int present = counts.getOrDefault(kind, 0);
        if (present >= most) {
            return false;
        }
        counts.put(kind, present + 1);
        return true;
    }

    synchronized void leave(int kind) {
        counts.computeIfPresent(kind, (any, present) -> present == 1 ? null : present - 1);
    }
}
