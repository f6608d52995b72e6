package dev.baton.supervisor;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where the lifecycle stands, holding exactly the workers that may live in it.
 *
 * <pre>
 *            first, or again after a death
 *   BackingOff ◄──────── nobody is active ────────┐
 *       │  ▲                                      │
 *       ▼  │ failed                               │
 *    Starting ─────► Serving ◄────────────────────┼──────────────────────────┐
 *                       │ upgrade                 │                          │ exit
 *                       ▼        not ready        │                          │
 *                   Upgrading ──────────────► Aborting (or rolling back) ────┤
 *                       │ ready                   ▲                          │
 *                       ▼        no answer        │                          │
 *                  TakingOver ────────────────────┤                          │
 *                       │ accepting               │ accepting (old)          │
 *                       ▼        new one fails    │                          │
 *                    Parking ─────────────► Returning                        │
 *                       │ parked                  ▲                          │
 *                       ▼        new one fails    │                          │
 *                    Baking ──────────────────────┘                          │
 *                       │ time over                                          │
 *                       ▼                                                    │
 *                   Draining ────────────────────────────────────────────────┘
 *                       │ upgrade      exit
 *                       └───► Clearing ────► Upgrading              anything ── stop ──► Stopping ──► Stopped
 * </pre>
 *
 * <p>A phase is a value and does nothing itself: for each event it says which phase comes next, and what is to be
 * done. Every event is asked for by name and none has a default, so that a new event or a new phase does not compile
 * until each of its cells has been thought of. A cell first asks <em>who</em>: what is said of a generation that does
 * not sit here, or rung by a timer that nobody waits for, changes nothing. A phase ends on a fact observed (a frame
 * came, an exit was reaped, a deadline passed), never on a command sent.
 */
sealed interface Phase
        permits Starting,
                BackingOff,
                Serving,
                Clearing,
                Upgrading,
                TakingOver,
                Parking,
                Baking,
                Draining,
                Aborting,
                Returning,
                Stopping,
                Stopped {
    /** As the contract names it. */
    String name();

    /** What it remembers. {@link Stopped} remembers nothing, and is not to be asked. */
    Life life();

    /** The workers of it; first whoever is active. */
    List<Seat> seats();

    /** The upgrades that it is about, and what is happening to each, as its record calls that. */
    Map<Long, String> stages();

    Step connected(int generation);

    Step ready(int generation, List<String> missing);

    Step checked(int generation, Optional<String> failure);

    Step warmed(int generation);

    Step accepting(int generation);

    /** @param standsBy false where it was told to park, and is of a kind that cannot: nothing of ours runs in it */
    Step parked(int generation, boolean standsBy);

    Step drained(int generation);

    Step exited(int generation, Exit exit);

    Step channelLost(int generation, String why);

    Step deadline(Timer timer);

    Step upgradeRequested(Launch asked, Rules rules, Answer answer);

    Step rollbackRequested(Answer answer);

    Step stopRequested(Answer answer);

    /** Nothing changes. */
    default Step stay() {
        return Step.to(this);
    }
}
