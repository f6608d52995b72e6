package dev.baton.supervisor;

import dev.baton.handover.Message;
import java.util.List;
import java.util.Optional;

/**
 * A worker on its way from the spawn to {@code accepting}.
 *
 * @param told whether it has been told to accept, having said that it is ready
 * @param timer for its {@code ready}, then for its {@code accepting}
 * @param lost since it has been without a channel; empty while it has one, or had none yet. A worker that crashes lets
 *     go of its channel before its exit is seen, so that a loss alone is not yet the answer
 */
record Attempt(Worker worker, boolean told, Timer timer, Optional<Lost> lost) {
    record Lost(Timer timer, String why) {}

    static Attempt begin(Worker worker) {
        return new Attempt(worker, false, new Timer("ready"), Optional.empty());
    }

    boolean is(int generation) {
        return worker.is(generation);
    }

    Attempt ready() {
        return new Attempt(worker, true, new Timer("accepting"), Optional.empty());
    }

    Attempt connected() {
        return new Attempt(worker, told, timer, Optional.empty());
    }

    Attempt lost(String why) {
        return lost.isPresent()
                ? this
                : new Attempt(worker, told, timer, Optional.of(new Lost(new Timer("reconnect"), why)));
    }

    /** Why it has failed, now that this timer has rung; empty where the timer is none of its own. */
    Optional<Failure> failure(Timer rung, Rules rules) {
        if (rung == timer) {
            return Optional.of(
                    told ? Failure.silent(worker, "accept", rules.answer()) : Failure.notReady(worker, rules));
        }
        return lost.filter(l -> l.timer() == rung).map(l -> Failure.lost(worker, l.why()));
    }

    /** Its exit is the reason, but a channel lost before may be the reason for the exit. */
    Failure failure(Exit exit) {
        Failure failure = told ? Failure.exitedWhenReady(worker, exit) : Failure.exited(worker, exit);
        return lost.map(l -> failure.having("lost its handover channel: " + l.why()))
                .orElse(failure);
    }

    List<Action> spawn(Rules rules) {
        return List.of(new Action.Spawn(worker), new Action.Arm(timer, rules.ready()));
    }

    List<Action> accept(Rules rules) {
        return List.of(new Action.Tell(worker, new Message.Accept()), new Action.Arm(timer, rules.answer()));
    }

    List<Action> awaitReconnect(Rules rules) {
        return lost.map(l -> List.<Action>of(new Action.Arm(l.timer(), rules.reconnect())))
                .orElse(List.of());
    }
}
