package dev.baton.kit;

import java.time.Duration;

/**
 * Whether all is known that a program has accepted from the public listeners, now that they have been taken away: a
 * thread that has come back from accept(2) just before, and has lost its processor, has yet to say so.
 *
 * <p>Threading: any.
 */
public final class LastAccepts {
    /** How long such a thread may take, even if others have the processors. */
    public static final Duration SETTLED = Duration.ofMillis(100);

    private volatile long unplugged = System.nanoTime();

    /** A listener is no longer the public one: {@link Slot#unplug} has changed it. */
    public void unplugged() {
        unplugged = System.nanoTime();
    }

    public boolean areKnown() {
        return System.nanoTime() - unplugged > SETTLED.toNanos();
    }
}
