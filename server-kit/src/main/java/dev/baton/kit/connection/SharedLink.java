package dev.baton.kit.connection;

import java.util.concurrent.TimeUnit;

/**
 * One direction of a simulated link: what passes it passes one after the other, at a fixed number of bytes a second.
 *
 * <p>It is fair because each connection asks for one piece of at most {@link #piece} bytes and asks again when that has
 * passed; so the pieces of those that have something to send alternate. A connection that cannot go on after its piece
 * has passed, for its client does not read, holds no place in the queue.
 *
 * <p>Threading: any; one monitor.
 */
public final class SharedLink {
    /** Pieces small enough that a hundred pass in a second, so that nobody waits long for a turn. */
    private static final int PIECES_PER_SECOND = 100;

    private static final int LARGEST_PIECE = 16 * 1024;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final long bytesPerSecond;
    private final Time time;
    private long freeAt;

    SharedLink(long bytesPerSecond, Time time) {
        this.bytesPerSecond = bytesPerSecond;
        this.time = time;
        this.freeAt = time.nanos();
    }

    /** How much may pass at a time. */
    public int piece() {
        return (int) Math.max(1, Math.min(LARGEST_PIECE, bytesPerSecond / PIECES_PER_SECOND));
    }

    /**
     * Queues a piece.
     *
     * @return when it has passed, in terms of {@link #now()}
     */
    public synchronized long pass(int bytes) {
        // Whoever is called late is not to lose what the link could have carried meanwhile: one piece is made good.
        long earliest = time.nanos() - duration(piece());
        freeAt = (freeAt - earliest > 0 ? freeAt : earliest) + duration(bytes);
        return freeAt;
    }

    /** The time as the link sees it. */
    public long now() {
        return time.nanos();
    }

    void await(long moment) throws InterruptedException {
        time.sleepUntil(moment);
    }

    private long duration(int bytes) {
        return bytes * SECOND / bytesPerSecond;
    }
}
