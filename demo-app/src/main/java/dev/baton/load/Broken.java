package dev.baton.load;

/** The ways in which a server can break its word. A request is counted in one of them at most. */
public enum Broken {
    /** No connection: refused, or not made in time. */
    REFUSED("refused"),
    /** Closed or reset before the first byte of the answer, without a {@code Connection: close} in the answer before. */
    CLOSED("closed"),
    /** Closed or reset inside an answer. */
    CUT("cut off"),
    /** Answered with anything but 2xx. */
    STATUS("not 2xx"),
    /** Answered with something else than it must be: another body, another line, bytes nobody asked for, no HTTP. */
    WRONG("wrong"),
    /** Not answered in time. */
    TIMEOUT("timed out");

    private final String title;

    Broken(String title) {
        this.title = title;
    }

    @Override
    public String toString() {
        return title;
    }
}
