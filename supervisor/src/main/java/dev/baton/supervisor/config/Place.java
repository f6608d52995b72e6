package dev.baton.supervisor.config;

/**
 * A place in a text.
 *
 * @param line from 1
 * @param column in characters, from 1
 */
public record Place(int line, int column) {
    /** Of what is nowhere in particular. */
    public static final Place NONE = new Place(0, 0);

    static final Place START = new Place(1, 1);
}
