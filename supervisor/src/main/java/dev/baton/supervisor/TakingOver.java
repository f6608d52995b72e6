package dev.baton.supervisor;

import dev.baton.handover.Message;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The candidate was told to accept; the active worker still does, until the candidate says that it does too. From
 * here on the candidate may have connections, but nobody depends on it yet.
 *
 * @param attempt of the upgrade's candidate, which has been told to accept
 */
record TakingOver(Life life, Worker active, Upgrade upgrade, Attempt attempt) implements Phase {

    static Step begin(Life life, Worker active, Upgrade upgrade, Attempt attempt) {
        Attempt ready = attempt.ready();
        return Step.to(new TakingOver(life, active, upgrade, ready)).then(ready.accept(life.rules()));
    }

    private Worker candidate() {
        return attempt.worker();
    }

    @Override
    public String name() {
        return "upgrading";
    }

    @Override
    public List<Seat> seats() {
        return List.of(Seat.active(active), Seat.candidate(candidate()));
    }

    @Override
    public Map<Long, String> stages() {
        return Map.of(upgrade.id(), "accepting");
    }

    @Override
    public Step connected(int generation) {
        if (active.is(generation)) {
            return stay().then(new Action.Tell(active, new Message.Accept()));
        }
        return candidate().is(generation) ? stay().then(new Action.Tell(candidate(), new Message.Accept())) : stay();
    }

    @Override
    public Step ready(int generation, List<String> missing) {
        return stay();
    }

    @Override
    public Step checked(int generation, Optional<String> failure) {
        return stay();
    }

    @Override
    public Step warmed(int generation) {
        return stay();
    }

    @Override
    public Step accepting(int generation) {
        return candidate().is(generation) ? Parking.begin(life, active, upgrade) : stay();
    }

    @Override
    public Step parked(int generation, boolean standsBy) {
        return stay();
    }

    @Override
    public Step drained(int generation) {
        return stay();
    }

    @Override
    public Step exited(int generation, Exit exit) {
        if (attempt.is(generation)) {
            return Serving.enter(life, active).then(new Action.Conclude(upgrade.fails(attempt.failure(exit))));
        }
        if (active.is(generation)) {
            return Step.to(
                    new Starting(life, attempt, Optional.of(upgrade), Leavers.NONE),
                    new Action.Warn("connections wait for " + candidate() + ": " + active + " " + exit));
        }
        return stay();
    }

    @Override
    public Step channelLost(int generation, String why) {
        return attempt.is(generation) ? abort(Failure.lost(candidate(), why)) : stay();
    }

    @Override
    public Step deadline(Timer rung) {
        return attempt.failure(rung, life.rules()).map(this::abort).orElse(stay());
    }

    @Override
    public Step upgradeRequested(Launch asked, Rules rules, Answer answer) {
        return stay().then(upgrade.refuse(answer, name()));
    }

    /** It has an answer to this in a moment: then the old one is parked, and one can go back to it; or it is aborted. */
    @Override
    public Step rollbackRequested(Answer answer) {
        return stay().then(upgrade.refuse(answer, name()));
    }

    @Override
    public Step stopRequested(Answer answer) {
        Leaving leaving = Leaving.drain(
                candidate(), life.rules().drain(), Optional.empty(), Optional.of(upgrade.fails(Failure.stopped())));
        return Stopping.begin(life, answer, Leavers.NONE, List.of(Stopping.drain(life, active), leaving));
    }

    /** It does not answer, so that a drain would not reach it either: SIGTERM. */
    private Step abort(Failure failure) {
        return Aborting.begin(life, active, Leaving.condemn(candidate(), Optional.of(upgrade.fails(failure))));
    }
}
