package dev.baton.supervisor;

/** A worker as the phases know it: a generation, which is its identity and never used twice, and how it was started. */
record Worker(int generation, Launch launch) {
    boolean is(int other) {
        return generation == other;
    }

    @Override
    public String toString() {
        return "generation " + generation;
    }
}
