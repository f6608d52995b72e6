package dev.baton.supervisor;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Keeps the state file as the phase is, for the next supervisor, should this one die.
 *
 * <p>Threading: the lifecycle's thread.
 */
final class StateKeeper {
    private final String boot;
    private final Supplier<Settings> settings;
    private final StateFile file;
    private final Members members;
    private final ListenerSet listeners;
    private final History history;
    private State saved;
    private boolean isWritten;

    StateKeeper(Supplier<Settings> settings, StateFile file, Members members, ListenerSet listeners, History history)
            throws IOException {
        this.boot = ProcessIdentity.boot();
        this.settings = settings;
        this.file = file;
        this.members = members;
        this.listeners = listeners;
        this.history = history;
    }

    /**
     * Saves a phase before anything of it is done: whoever reads that a worker was to be told must reckon with its
     * having been told, and not the other way round.
     *
     * @return false where it is to be saved again in a while, as it could not be written
     */
    boolean entering(Phase phase, long restarts) {
        if (phase instanceof Stopped) {
            file.remove();
            return true;
        }
        return isFirst(phase) || saved != null && saved.phase() == phase || save(phase, restarts);
    }

    /** Nobody has been told anything, and the first start need not wait for the first write, which takes longest. */
    private boolean isFirst(Phase phase) {
        return saved == null
                && phase.life().lastGeneration() == 1
                && members.recorded().isEmpty();
    }

    /** @return false where it is to be saved again in a while */
    boolean save(Phase phase, long restarts) {
        Settings now = settings.get();
        State state = new State(
                now.app(),
                boot,
                Launch.of(now),
                phase,
                members.recorded(),
                listeners.recorded(),
                history.all(),
                members.totals(history.totals(), restarts),
                Optional.empty());
        return isWritten && !state.isNewsTo(saved) || write(state);
    }

    private boolean write(State state) {
        saved = state;
        isWritten = file.write(state.text());
        return isWritten;
    }

    /** Has the file say what stays open for another program in this process; {@link #again} takes that back. */
    void leave(Inheritance left) throws IOException {
        if (!file.write(saved.leaving(left).text())) {
            throw new IOException("the new program would not know what there is");
        }
    }

    /** @return false where it is to be saved again in a while */
    boolean again() {
        return write(saved);
    }
}
