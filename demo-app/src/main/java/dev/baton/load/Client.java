package dev.baton.load;

import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * One simulated client: a thread with at most one connection. What it sends is sent once; what breaks is counted once and not tried
 * again, the next request is a new one.
 *
 * <p>Threading: {@link #run} on its own thread; {@link #giveUpIfOverdue} from the run's clock.
 */
abstract class Client implements Runnable {
    private static final long PAUSE_AFTER_REFUSAL = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long NOTHING_ASKED = Long.MAX_VALUE;

    /** What is still due behind the end is sent, but not for longer than an answer may take. */
    private static final Breakage NEVER_SENT = Breakage.fatal(
            Broken.TIMEOUT, "not sent within the timeout from when it was due: those before it took too long");

    private final LoadPlan plan;
    private final int number;
    private final Pace pace;
    private final Pace.Schedule schedule;
    private final Tally tally;
    private final Random random;
    private final long patience;
    private final Answerers.Memory answerers;

    private volatile Wire wire;
    private volatile long askedAt = NOTHING_ASKED;
    private long requestsOnConnection;
    private boolean connectedBefore;
    private boolean endedByChoice;

    Client(LoadPlan plan, int number, Pace pace, Tally tally) {
        this.plan = plan;
        this.number = number;
        this.pace = pace;
        schedule = pace.scheduleOf(number);
        this.tally = tally;
        random = new Random(number);
        patience = plan.timeout().plus(plan.slowness()).toNanos();
        answerers = tally.answerers().memory();
    }

    /** Sends one request over the connection and checks the answer. */
    abstract void exchange(Wire connection) throws Breakage;

    final int number() {
        return number;
    }

    final Answerers.Memory answerers() {
        return answerers;
    }

    final void pause(long nanos) {
        pace.pause(nanos);
    }

    /** Ends the connection as the mode has it. To connect again is then no reconnect. */
    final void endByChoice() throws Breakage {
        endInSilence();
        endedByChoice = true;
    }

    /** Ends the connection because the server asked for it. */
    final void endAsAsked() throws Breakage {
        endInSilence();
    }

    private void endInSilence() throws Breakage {
        if (wire != null) {
            wire.expectNothing();
            hangUp();
        }
    }

    @Override
    public final void run() {
        try {
            pauseBetweenRequests();
            for (long due = schedule.next(); due != Pace.OVER; due = schedule.next()) {
                if (pace.isOver() && System.nanoTime() - due > plan.timeout().toNanos()) {
                    tally.broken(NEVER_SENT, number, requestsOnConnection);
                } else {
                    once(due);
                }
                pauseBetweenRequests();
            }
            proveTheLastWait();
            endTheLastConnection();
        } catch (RuntimeException | Error e) {
            tally.broken(Breakage.ownTrouble("the client died: " + e), number, requestsOnConnection);
            throw e;
        } finally {
            hangUp();
        }
    }

    private void pauseBetweenRequests() {
        long most = plan.pause().toNanos();
        if (most > 0) {
            pace.pause((long) (random.nextDouble() * most));
        }
    }

    /** A connection closed in the client's last pause, or while it waited for its turn, would go unseen if the run just ended. */
    private void proveTheLastWait() {
        if (wire != null && plan.waitsBetweenRequests()) {
            once(System.nanoTime());
        }
    }

    private void endTheLastConnection() {
        try {
            endInSilence();
        } catch (Breakage e) {
            tally.broken(e, number, requestsOnConnection);
        }
    }

    private void once(long due) {
        try {
            askedAt = System.nanoTime();
            exchange(connection());
            long now = System.nanoTime();
            if (requestsOnConnection + 1 == plan.requestsPerConnection()) {
                endByChoice();
            }
            tally.ok(now - due, now);
            askedAt = NOTHING_ASKED;
            requestsOnConnection++;
        } catch (Breakage e) {
            askedAt = NOTHING_ASKED;
            tally.broken(e, number, requestsOnConnection);
            if (!e.connectionUsable()) {
                hangUp();
            }
            if (e.worthAPause()) {
                pace.pause(PAUSE_AFTER_REFUSAL);
            }
        }
    }

    private Wire connection() throws Breakage {
        if (wire == null) {
            wire = Wire.connect(plan.target(), plan.timeout());
            requestsOnConnection = 0;
            if (connectedBefore && !endedByChoice) {
                tally.reconnected();
            }
            connectedBefore = true;
            endedByChoice = false;
        }
        return wire;
    }

    private void hangUp() {
        Wire connection = wire;
        wire = null;
        if (connection != null) {
            connection.close();
        }
    }

    /** Socket time-outs cover each read; this covers the whole request, and writes to a server that does not read. */
    final void giveUpIfOverdue(long now) {
        long asked = askedAt;
        Wire connection = wire;
        if (asked != NOTHING_ASKED && connection != null && now - asked > patience) {
            connection.giveUp();
        }
    }
}
