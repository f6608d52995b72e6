package dev.baton.supervisor;

/**
 * A deadline that a phase waits for. Each is itself alone: one that rings after its phase has gone is nobody's, which
 * is why none is ever cancelled.
 */
final class Timer {
    private final String what;

    Timer(String what) {
        this.what = what;
    }

    @Override
    public String toString() {
        return what;
    }
}
