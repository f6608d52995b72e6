package dev.baton.kit;

import java.time.Duration;
import java.util.Optional;

/**
 * A drain that has begun: how long it may take, and where connections can move to.
 *
 * <p>Threading: any.
 */
public final class Drain {
    private volatile Optional<Handover> handover;
    private volatile long deadline;

    /**
     * A drain.
     *
     * @param deadline in terms of {@link System#nanoTime()}
     * @param handover to the next worker; empty where there is none, as when everything stops
     */
    public Drain(long deadline, Optional<Handover> handover) {
        this.deadline = deadline;
        this.handover = handover;
    }

    /** When it is over, in terms of {@link System#nanoTime()}; may draw nearer. */
    public long deadline() {
        return deadline;
    }

    /** Where connections can move to; empty where there is no next worker. See {@link Drainable#onNextWorker}. */
    public Optional<Handover> handover() {
        return handover;
    }

    /** Whether connections can move. */
    public boolean canHandOver() {
        return handover.filter(Handover::isOpen).isPresent();
    }

    /** Whether this is where they move to, or moved as long as somebody was there. */
    public boolean handsOverTo(Handover next) {
        return handover.filter(its -> its == next).isPresent();
    }

    /** From now on connections can move there. */
    void handOverTo(Handover next) {
        handover = Optional.of(next);
    }

    /** How long it may still take; never negative. */
    public Duration remaining() {
        return Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
    }

    /** The deadline is the nearer of the two from now on. */
    synchronized void shorten(Duration atMost) {
        long wanted = System.nanoTime() + atMost.toNanos();
        if (wanted - deadline < 0) {
            deadline = wanted;
        }
    }
}
