package dev.baton.kit.jetty;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Whose turn it is with a connection: Jetty's, which reads the next request, or the mover's, which takes the connection
 * away. The race that matters is a request that arrives while the connection is taken.
 *
 * <pre>
 *            arm                     armed
 *   BUSY ──────────► (an arming) ──────────► WAITING ──────────► CLAIMED
 *    ▲      input         │         input       │      claim
 *    └────────────────────┴─────────────────────┘
 * </pre>
 *
 * <p>Input and claim both leave WAITING by compare-and-set, so one of them wins: either the request is served here, and
 * the connection moves after its response, or the bytes stay in the kernel and travel with the socket. An arming cannot
 * be claimed, because Jetty may still be about to touch the selection key.
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
            if (now == BUSY || now == CLAIMED) {
                return false;
            }
        } while (!state.compareAndSet(now, BUSY));
        return true;
    }

    /** Takes the connection away, if it waits for input. */
    boolean claim() {
        return state.compareAndSet(WAITING, CLAIMED);
    }

    /** Takes it away instead of arming. */
    void claimUnarmed() {
        state.set(CLAIMED);
    }

    /** Nobody waits for input: a request is being read or answered. */
    boolean isBusy() {
        return state.get() == BUSY;
    }

    boolean isClaimed() {
        return state.get() == CLAIMED;
    }
}
