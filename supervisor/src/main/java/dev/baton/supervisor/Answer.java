package dev.baton.supervisor;

/** Where the decision about an order goes; exactly one of {@link #granted}, {@link #refused} and
 * {@link #failed} is called, once, on the lifecycle thread. */
interface Answer {
    /** Nobody waits for it. */
    Answer NOBODY = reason -> {};

    /** It is granted, and nothing of it has been done yet: what it brings holds for all that follows. */
    default void taken() {
        // What it brings, if anything, is in the phase.
    }

    /**
     * It has begun.
     *
     * @param upgrade the upgrade that it is about, or 0 where it is about none
     */
    default void granted(long upgrade) {
        // Some mind a refusal alone.
    }

    /** It has not, and nothing has changed. */
    void refused(String reason);

    /** It has not, by a bug of ours. */
    default void failed(Throwable bug) {
        refused("a bug in baton: " + bug);
    }
}
