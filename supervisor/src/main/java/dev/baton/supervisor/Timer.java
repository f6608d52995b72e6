package dev.baton.supervisor;

import java.util.OptionalInt;

/**
 * A deadline that a phase waits for. Each is itself alone: one that rings after its phase has gone is nobody's, which
 * is why none is ever cancelled.
 */
final class Timer {
    private final String what;
    private final OptionalInt generation;
    private final long since = System.nanoTime();

    Timer(String what) {
        this(what, OptionalInt.empty());
    }

    /** For a worker that may ask for more time: EXTEND_TIMEOUT_USEC, sd_notify(3). */
    Timer(String what, Worker worker) {
        this(what, OptionalInt.of(worker.generation()));
    }

    private Timer(String what, OptionalInt generation) {
        this.what = what;
        this.generation = generation;
    }

    /** Who may put it off. */
    OptionalInt generation() {
        return generation;
    }

    /** When the wait began, System.nanoTime(): what was asked for before was about something else. */
    long since() {
        return since;
    }

    @Override
    public String toString() {
        return what;
    }
}
