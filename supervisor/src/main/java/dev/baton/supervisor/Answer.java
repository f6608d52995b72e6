package dev.baton.supervisor;

/** Where the decision about an order goes; exactly one of the two is called, once, on the lifecycle thread. */
interface Answer {
    /**
     * It has begun.
     *
     * @param upgrade the upgrade that it is about, or 0 where it is about none
     */
    void granted(long upgrade);

    /** It has not, and nothing has changed. */
    void refused(String reason);
}
