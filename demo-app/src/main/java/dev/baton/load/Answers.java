package dev.baton.load;

/** Who is told of every good answer, one by one. */
@FunctionalInterface
public interface Answers {
    /** Nobody. */
    Answers UNHEARD = (asked, came) -> {};

    /**
     * An answer was whole and right. Comes from the clients' own threads, several at a time, and holds them up.
     *
     * @param asked from when its latency counts, in the time of {@link System#nanoTime}
     * @param came when it was whole, in the same time
     */
    void onAnswer(long asked, long came);
}
