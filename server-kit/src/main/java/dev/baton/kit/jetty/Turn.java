package dev.baton.kit.jetty;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Whose turn it is with a connection: Jetty's, which reads the next request, or the mover's, which takes the connection
 * away. The race that matters is a request that arrives while the connection is taken.
 *
 * <pre>
 *            arm                     armed                claim              input
 *   BUSY ──────────► (an arming) ──────────► WAITING ◄──────────► CLAIMED ──────────► MISSED
 *    ▲      input         │         input       │      unclaim                          │
 *    └────────────────────┴─────────────────────┴─────────────────────────unclaim───────┘
 * </pre>
 *
 * <p>Input and claim both leave WAITING by compare-and-set, so one of them wins: either the request is served here, and
 * the connection moves after its response, or the bytes stay in the kernel and travel with the socket. An arming cannot
 * be claimed, because Jetty may still be about to touch the selection key.
 *
 * <p>A connection that could not be taken away is Jetty's again. Input that came meanwhile was told to nobody, and will
 * not be told again: who gives the connection back has to read on for Jetty then.
 *
 * <p>Input may come at any moment of an arming, also in the very one in which it ends: whichever of the two states it
 * finds, it must leave that one. Each arming has a number of its own, so that a thread that was held up at the end of
 * one does not end the next one, whose thread has not got that far.
 *
 * <p>Threading: any.
 */
final class Turn {
    private static final long BUSY = -1;
    private static final long WAITING = -2;
    private static final long CLAIMED = -3;
    private static final long MISSED = -4;

    /** One of these, or the number of the arming. */
    private final AtomicLong state = new AtomicLong(BUSY);

    /** Written by who arms, of whom there is one at a time: the next arms after the input to this one. */
    private long armings;

    /** Input is about to be asked for. */
    long arm() {
        long arming = armings++;
        state.setRelease(arming); // Jetty's own registration, which comes next, is the fence
        return arming;
    }

    /** It has been asked for; false where it has come already, or another arming has begun since. */
    boolean armed(long arming) {
        return state.compareAndSet(arming, WAITING);
    }

    /** Input has come; false where the connection was claimed before. */
    boolean input() {
        long now;
        do {
            now = state.get();
            if (now == BUSY || now == MISSED) {
                return false;
            }
        } while (!state.compareAndSet(now, now == CLAIMED ? MISSED : BUSY));
        return now != CLAIMED;
    }

    /** Takes the connection away, if it waits for input. */
    boolean claim() {
        return state.compareAndSet(WAITING, CLAIMED);
    }

    /** Takes it away instead of arming. */
    void claimUnarmed() {
        state.set(MISSED); // nobody has asked for input, so nobody will tell of it
    }

    /** Gives it back; false where nobody waits for input now, so that who calls has to read on. */
    boolean unclaim() {
        if (state.compareAndSet(CLAIMED, WAITING)) {
            return true;
        }
        state.set(BUSY);
        return false;
    }

    /** Nobody waits for input: a request is being read or answered. */
    boolean isBusy() {
        return state.get() == BUSY;
    }

    boolean isClaimed() {
        long now = state.get();
        return now == CLAIMED || now == MISSED;
    }
}
