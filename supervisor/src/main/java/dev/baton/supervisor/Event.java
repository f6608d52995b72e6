package dev.baton.supervisor;

import java.util.List;
import java.util.Optional;

/** A fact or an order, on its way to the phase that happens to be. */
sealed interface Event {
    Step on(Phase phase);

    /** Who waits for the decision about it. */
    default Answer answer() {
        return Answer.NOBODY;
    }

    /** It will not be taken any more: whoever waits for an answer gets one. */
    default void discard() {
        answer().refused("the supervisor has stopped");
    }

    /** A worker has proved itself on a new channel, its first or, after it had lost one, another. */
    record Connected(int generation) implements Event {
        @Override
        public Step on(Phase phase) {
            return phase.connected(generation);
        }
    }

    /** A worker says that it can serve; {@code missing} are the listeners that it has not bound. */
    record Ready(int generation, List<String> missing) implements Event {
        public Ready {
            missing = List.copyOf(missing);
        }

        @Override
        public Step on(Phase phase) {
            return phase.ready(generation, missing);
        }
    }

    /** The worker's check has been answered; {@code failure} says how, where that was not as it should be. */
    record Checked(int generation, Optional<String> failure) implements Event {
        @Override
        public Step on(Phase phase) {
            return phase.checked(generation, failure);
        }
    }

    /** The worker's warm-up is over, whatever came of it. */
    record Warmed(int generation) implements Event {
        @Override
        public Step on(Phase phase) {
            return phase.warmed(generation);
        }
    }

    record Accepting(int generation) implements Event {
        @Override
        public Step on(Phase phase) {
            return phase.accepting(generation);
        }
    }

    /** A worker was told to park; {@code standsBy} says whether it has, so that it can be called back. */
    record Parked(int generation, boolean standsBy) implements Event {
        @Override
        public Step on(Phase phase) {
            return phase.parked(generation, standsBy);
        }
    }

    record Drained(int generation) implements Event {
        @Override
        public Step on(Phase phase) {
            return phase.drained(generation);
        }
    }

    /** The worker's process was reaped, and everything that it had said before has been heard. */
    record Exited(int generation, Exit exit) implements Event {
        @Override
        public Step on(Phase phase) {
            return phase.exited(generation, exit);
        }
    }

    /** The worker cannot be talked to, though its process lives, and has not come back within a while. */
    record ChannelLost(int generation, String why) implements Event {
        @Override
        public Step on(Phase phase) {
            return phase.channelLost(generation, why);
        }
    }

    record Deadline(Timer timer) implements Event {
        @Override
        public Step on(Phase phase) {
            return phase.deadline(timer);
        }
    }

    /**
     * The next version is to be started.
     *
     * @param asked its command is empty where it is the present one once more
     * @param rules how long the phases wait from then on
     */
    record UpgradeRequested(Launch asked, Rules rules, Answer answer) implements Event {
        @Override
        public Step on(Phase phase) {
            return phase.upgradeRequested(asked, rules, answer);
        }
    }

    record RollbackRequested(Answer answer) implements Event {
        @Override
        public Step on(Phase phase) {
            return phase.rollbackRequested(answer);
        }
    }

    /** The supervisor's program is to be replaced: now, or, where {@code due} is false, in a moment. */
    record ReexecRequested(Answer answer, boolean due) implements Event {
        @Override
        public Step on(Phase phase) {
            return Resumption.obstacle(phase)
                    .map(reason -> phase.stay().then(new Action.Refuse(answer, reason)))
                    .orElseGet(() -> due
                            ? phase.stay().then(new Action.Replace(), new Action.Grant(answer, 0))
                            : phase.stay().then(new Action.Grant(answer, 0)));
        }
    }

    record StopRequested(Answer answer) implements Event {
        @Override
        public Step on(Phase phase) {
            return phase.stopRequested(answer);
        }

        @Override
        public void discard() {
            answer.granted(0);
        }
    }
}
