package dev.baton.kit;

import dev.baton.handover.Traffic;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * Connections that a worker can end: those of the kit's own listeners, of Jetty, or of any other server.
 *
 * <p>Order: {@link #drain} once, then {@link #awaitDrained} until it is true for all at once or the deadline has
 * come, then {@link #cut} once for those where it is not. The counts may be asked for at any time.
 */
public interface Drainable {
    /** Connections with a request in work. */
    long active();

    /** Connections that wait for their client. */
    long idle();

    /** Connections that the next worker has taken. */
    long handedOver();

    /** What came over them so far, and those that are gone: figures that only grow. */
    default Traffic traffic() {
        return Traffic.NONE;
    }

    /**
     * Moves a connection of its own making from this worker to this worker, before there are clients. Done once before
     * the worker is ready, and again while it is warmed up; see {@link Rehearsal}.
     *
     * @param listener one of the worker's, which need not be that of these connections
     * @param at where a client in this process reaches that listener
     * @return false if none of these connections can move
     */
    default boolean rehearse(String listener, InetSocketAddress at, Handover toItself)
            throws IOException, InterruptedException {
        return false;
    }

    /** Begins to end them by the rules of their protocol; returns at once. */
    void drain(Drain drain);

    /** There was no next worker any more, or none yet, and there is one now: {@link Drain#handover}. Returns at once. */
    default void onNextWorker(Drain drain) {}

    /** Waits until none is left, or for so long; true if none is left. */
    boolean awaitDrained(Duration atMost) throws InterruptedException;

    /** Closes what is left and names it, one line each: connection, protocol, age, what it was doing. */
    List<String> cut();
}
