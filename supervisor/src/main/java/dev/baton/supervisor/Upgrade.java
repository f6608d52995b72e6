package dev.baton.supervisor;

import java.util.Optional;

/**
 * An upgrade on its way.
 *
 * @param from the generation that served when it was asked for, or served last
 * @param candidate the worker that is to serve; it may not have been spawned yet
 */
record Upgrade(long id, int from, Worker candidate) {
    /** How it ends, once its last worker is gone. */
    record Verdict(Upgrade upgrade, Outcome outcome, Optional<String> reason) {}

    int to() {
        return candidate.generation();
    }

    Verdict succeeds() {
        return new Verdict(this, Outcome.UPGRADED, Optional.empty());
    }

    Verdict fails(Failure failure) {
        return new Verdict(this, failure.outcome(), Optional.of(failure.reason()));
    }

    /** The old worker serves, again or still, and not because the candidate failed before it served. */
    Verdict rolledBack(String reason) {
        return new Verdict(this, Outcome.ROLLED_BACK, Optional.of(reason));
    }

    /** A rollback was asked for while the old worker still served. */
    Verdict calledOff() {
        return rolledBack("a rollback was asked for before " + candidate + " took over");
    }

    /** No to whoever asks for another one meanwhile. */
    Action refuse(Answer answer, String phase) {
        return new Action.Refuse(
                answer,
                "upgrade " + id + " (generation " + from + " to " + to() + ") is running, in phase " + phase
                        + ": wait for its end and ask again");
    }
}
