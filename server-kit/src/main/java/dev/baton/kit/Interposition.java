package dev.baton.kit;

/**
 * What a program puts between itself and the bytes of its connections: see {@code dev.baton.kit.connection} for some.
 *
 * <p>Threading: called by whichever thread accepts, and not to wait there: what has to be read first is read when the
 * program reads.
 */
@FunctionalInterface
public interface Interposition {
    /**
     * A layer for one connection.
     *
     * @param below what the layer reads and writes
     * @param continued whether the previous worker's layer was there before, so that the connection is in the middle of
     *     its life
     */
    Duplex over(Duplex below, boolean continued);
}
