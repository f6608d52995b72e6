package dev.baton.supervisor;

import dev.baton.supervisor.Status.WorkerState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Something has changed: the phase, a stage of an upgrade, or a worker's place.
 *
 * @param from the phase before, as the contract names it
 * @param upgrade the upgrade that it is about, running or just over
 */
public record Transition(
        Instant at, String app, String from, String to, List<WorkerState> workers, Optional<UpgradeRecord> upgrade) {
    public Transition {
        workers = List.copyOf(workers);
    }
}
