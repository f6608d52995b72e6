package dev.baton.supervisor.config;

/** A value that cannot be taken: why, and what to do. Whoever asked for it knows where it stands. */
final class Wrong extends Exception {
    private static final long serialVersionUID = 1L;

    private final String remedy;

    Wrong(String why, String remedy) {
        super(why, null, false, false);
        this.remedy = remedy;
    }

    String remedy() {
        return remedy;
    }
}
