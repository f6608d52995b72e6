package dev.baton.bench;

import dev.baton.load.Answers;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Every single wait of a moderate load's clients, so that one can say afterwards who waited at a certain time, and for how long. */
final class Waits implements Answers {
    private final Queue<Wait> all = new ConcurrentLinkedQueue<>();

    private record Wait(long asked, long came) {}

    @Override
    public void onAnswer(long asked, long came) {
        all.add(new Wait(asked, came));
    }

    /** The whole of the longest one that the move fell into, in milliseconds; no number where nobody waited. */
    double longestDuring(Move move) {
        return all.stream()
                .filter(wait -> move.concerns(wait.asked, wait.came))
                .mapToDouble(wait -> (wait.came - wait.asked) / 1e6)
                .max()
                .orElse(Double.NaN);
    }
}
