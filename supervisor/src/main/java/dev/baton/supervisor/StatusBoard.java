package dev.baton.supervisor;

import dev.baton.supervisor.Status.Restarts;
import dev.baton.supervisor.Status.WorkerState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the world sees of the lifecycle: a snapshot that anybody may ask for, a line in the log and a transition for the
 * observers.
 *
 * <p>Threading: the lifecycle's thread shows, anybody looks.
 */
final class StatusBoard {
    private static final Logger LOG = LoggerFactory.getLogger(StatusBoard.class);

    private final String app;
    private final Instant startedAt = Instant.now();
    private final ListenerSet listeners;
    private final Members members;
    private final History history;
    private final List<Consumer<Transition>> observers;
    private volatile Snapshot snapshot = Snapshot.of("starting");
    private String shown = "";

    /** What is shown of a phase, all of one moment. */
    private record Snapshot(
            List<Seat> seats,
            String phase,
            Restarts restarts,
            Optional<UpgradeRecord> running,
            Optional<UpgradeRecord> last) {
        /** Of a phase, where nothing else is known yet. */
        static Snapshot of(String phase) {
            return new Snapshot(List.of(), phase, Restarts.NONE, Optional.empty(), Optional.empty());
        }
    }

    StatusBoard(
            String app, ListenerSet listeners, Members members, History history, List<Consumer<Transition>> observers) {
        this.app = app;
        this.listeners = listeners;
        this.members = members;
        this.history = history;
        this.observers = List.copyOf(observers);
    }

    // ---- what the lifecycle shows ----

    /** A supervisor before was in this phase. */
    void goOnFrom(String phase) {
        snapshot = Snapshot.of(phase);
    }

    /** From now on this is what there is. */
    void publish(Phase phase, Restarts restarts) {
        snapshot = new Snapshot(phase.seats(), phase.name(), restarts, history.running(), history.last());
    }

    /**
     * Says so, if it is another thing than what was said last.
     *
     * @param before the name of the phase that was published before
     */
    void show(Phase phase, String before) {
        String line = describe(phase);
        if (!line.equals(shown)) {
            shown = line;
            LOG.info("{}", line);
            observe(new Transition(
                    Instant.now(),
                    app,
                    before,
                    phase.name(),
                    workers(snapshot),
                    snapshot.running().or(snapshot::last)));
        }
    }

    private String describe(Phase phase) {
        StringBuilder line = new StringBuilder("phase=").append(phase.name());
        phase.stages()
                .forEach((id, stage) ->
                        line.append(" upgrade=").append(id).append(" stage=").append(stage));
        for (Seat seat : phase.seats()) {
            String role = seat.role().text();
            line.append(' ').append(role).append('=').append(seat.worker().generation());
            members.find(seat.worker().generation())
                    .ifPresent(member ->
                            line.append(" pid=").append(member.process().pid()));
        }
        return line.toString();
    }

    private void observe(Transition transition) {
        for (Consumer<Transition> observer : observers) {
            try {
                observer.accept(transition);
            } catch (RuntimeException | Error e) { // the others, and whoever waits for an upgrade, are still to be told
                LOG.error("an observer failed", e);
            }
        }
    }

    // ---- what everybody sees ----

    /** The name of the phase. */
    String phase() {
        return snapshot.phase();
    }

    Status status() {
        Snapshot now = snapshot;
        return new Status(
                app,
                now.phase,
                startedAt,
                listeners.states(),
                workers(now),
                members.handedOver(),
                members.traffic(),
                now.restarts,
                now.last);
    }

    private List<WorkerState> workers(Snapshot now) {
        return now.seats.stream()
                .flatMap(seat -> members.find(seat.worker().generation()).map(m -> m.state(seat)).stream())
                .toList();
    }
}
