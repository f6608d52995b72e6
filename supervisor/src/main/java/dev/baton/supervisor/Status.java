package dev.baton.supervisor;

import dev.baton.handover.ListenerSpec;
import dev.baton.handover.Traffic;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A supervisor at one moment.
 *
 * @param phase {@code starting}, {@code serving}, {@code upgrading}, {@code baking}, {@code draining},
 *     {@code aborting}, {@code rolling-back} or {@code stopping}
 * @param handedOver connections that a worker has handed to the next one, of the workers that live and of those that have
 *     gone
 * @param traffic what they have served, all together
 */
public record Status(
        String app,
        String phase,
        Instant startedAt,
        List<ListenerState> listeners,
        List<WorkerState> workers,
        long handedOver,
        Traffic traffic,
        Restarts restarts,
        Optional<UpgradeRecord> last) {
    public Status {
        listeners = List.copyOf(listeners);
        workers = List.copyOf(workers);
    }

    /** Whether a worker accepts. */
    public boolean accepting() {
        return workers.stream().anyMatch(worker -> worker.role == Role.ACTIVE && worker.accepting);
    }

    /** What a worker is to the supervisor. */
    public enum Role {
        ACTIVE,
        CANDIDATE,
        PARKED,
        RETIRING;

        /** As it stands in JSON. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * How often the worker that was to serve has died, or could not be started. Restarts go on for ever, for each may
     * be the one that succeeds; so whoever looks is to see that they do.
     *
     * @param total since the supervisor started
     * @param inARow without one that has served for as long as the longest back-off in between
     * @param reason why the last one was needed
     * @param next when the next start is due; empty while nothing waits for it
     */
    public record Restarts(long total, int inARow, Optional<String> reason, Optional<Instant> next) {
        public static final Restarts NONE = new Restarts(0, 0, Optional.empty(), Optional.empty());
    }

    /**
     * A listener, and what the kernel says of it.
     *
     * @param queued connections that wait to be accepted
     * @param dropped connections that found the queue full, as far as the kernel tells
     */
    public record ListenerState(ListenerSpec spec, long queued, long dropped) {}

    /**
     * A worker.
     *
     * @param accepting whether the public listeners are plugged in
     * @param active connections with a request in work
     * @param idle connections without one
     * @param handedOver connections that the next worker has taken
     * @param park whether it can be parked, and so called back; its connections are not known where it cannot
     * @param text what it says of itself: STATUS in sd_notify(3)
     * @param unsupervised where it listens too, for all to reach, though no listener names that
     * @param traffic what it has served since it first accepted, as far as its kit knows
     */
    public record WorkerState(
            int generation,
            Role role,
            boolean accepting,
            long pid,
            Instant startedAt,
            List<String> command,
            long active,
            long idle,
            long handedOver,
            boolean park,
            Optional<String> text,
            List<String> unsupervised,
            Traffic traffic) {
        public WorkerState {
            command = List.copyOf(command);
            unsupervised = List.copyOf(unsupervised);
        }
    }
}
