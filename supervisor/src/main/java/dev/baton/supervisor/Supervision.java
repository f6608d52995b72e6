package dev.baton.supervisor;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * What the faces know of a supervisor: ask, order, and watch.
 *
 * <p>Threading: any thread; nothing here waits for the lifecycle thread but {@link #upgrade}, {@link #rollback},
 * {@link #stop} and {@link #reexec}, which wait for its decision, not for the work.
 */
public interface Supervision {
    /** How it stands right now: an immutable snapshot. */
    Status status();

    /** Begins an upgrade, or refuses. */
    UpgradeReply upgrade(UpgradeRequest request);

    /** Counts an upgrade that was refused before it came here, like the others in {@link #totals}. */
    void countRefusal();

    /** An upgrade of this supervisor's life, running or over; the last hundred are kept. */
    Optional<UpgradeRecord> upgrade(long id);

    /** The upgrades that are kept, oldest first. */
    List<UpgradeRecord> upgrades();

    /**
     * All that have ended in the life of this supervisor and those before it, also those that are not kept, and all that
     * were refused, which are never kept.
     */
    UpgradeTotals totals();

    /** Completes when the figures of {@link #status} are whole: soon after it has taken workers back, they say theirs. */
    CompletionStage<Void> counted();

    /** While baking: back to the parked generation. Later: an upgrade to the previous command. */
    Reply rollback();

    /** Drains and stops everything; the supervisor's program ends afterwards. */
    Reply stop();

    /**
     * Replaces the supervisor's own program, in place, in a moment: the process, the workers and the sockets stay. The
     * new program is asked first whether it can; where it cannot, nothing happens.
     */
    Reply reexec();

    /** The supervisor's answer to an order. */
    sealed interface Reply {}

    /** The answer to {@link #upgrade}. */
    sealed interface UpgradeReply {}

    /**
     * It has begun.
     *
     * @param upgrade the upgrade that it is about: one that was running, or a new one; 0 where it is about none
     */
    record Begun(long upgrade) implements Reply {}

    /**
     * The upgrade has begun.
     *
     * @param id what {@link Supervision#upgrade(long)} takes
     * @param end completes when the upgrade is over, the old worker gone or the new one
     */
    record UpgradeBegun(long id, CompletionStage<UpgradeRecord> end) implements UpgradeReply {}

    /** It has not begun, and nothing has changed: the configuration is wrong, in each of these places. */
    record Misconfigured(List<String> mistakes) implements UpgradeReply {
        public Misconfigured {
            mistakes = List.copyOf(mistakes);
        }
    }

    /** It has not begun, and nothing has changed; the reason says why and what to do. */
    record Refused(String reason) implements Reply, UpgradeReply {}
}
