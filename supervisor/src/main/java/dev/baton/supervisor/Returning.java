package dev.baton.supervisor;

import dev.baton.handover.Message;
import dev.baton.supervisor.Status.Role;
import dev.baton.supervisor.Upgrade.Verdict;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The old worker was told to accept again. The new one, if it still lives, goes on accepting until the old one does:
 * at no time does nobody.
 *
 * @param parked whether the old worker has said that it does not accept
 * @param alive whether the new worker's process lives
 * @param reason why this way back was taken
 * @param timer for the old worker's {@code accepting}
 */
record Returning(Life life, Worker old, boolean parked, Upgrade upgrade, boolean alive, String reason, Timer timer)
        implements Phase {

    static Step begin(Life life, Worker old, boolean parked, Upgrade upgrade, boolean alive, String reason) {
        Timer timer = new Timer("accepting");
        return Step.to(
                new Returning(life, old, parked, upgrade, alive, reason, timer),
                new Action.Tell(old, new Message.Accept()),
                new Action.Arm(timer, life.rules().answer()));
    }

    private Worker failing() {
        return upgrade.candidate();
    }

    @Override
    public String name() {
        return "rolling-back";
    }

    @Override
    public List<Seat> seats() {
        return alive ? List.of(Seat.active(failing()), Seat.parked(old)) : List.of(new Seat(old, Role.ACTIVE, false));
    }

    @Override
    public Map<Long, String> stages() {
        return Map.of(upgrade.id(), "rolling-back");
    }

    @Override
    public Step connected(int generation) {
        if (old.is(generation)) {
            return stay().then(new Action.Tell(old, new Message.Accept()));
        }
        return alive && failing().is(generation)
                ? stay().then(new Action.Tell(failing(), new Message.Accept()))
                : stay();
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
        if (!old.is(generation)) {
            return stay();
        }
        Verdict verdict = upgrade.rolledBack(reason);
        if (!alive) {
            return Serving.enter(life, old).then(new Action.Conclude(verdict));
        }
        Leaving condemned = Leaving.drain(failing(), life.rules().drain(), Optional.of(old), Optional.of(verdict));
        return Aborting.begin(life, old, condemned).after(List.of(new Action.Tell(failing(), new Message.Park())));
    }

    @Override
    public Step parked(int generation, boolean standsBy) {
        return old.is(generation) && standsBy
                ? Step.to(new Returning(life, old, true, upgrade, alive, reason, timer))
                : stay();
    }

    @Override
    public Step drained(int generation) {
        return stay();
    }

    @Override
    public Step exited(int generation, Exit exit) {
        if (failing().is(generation) && alive) {
            return Step.to(new Returning(life, old, parked, upgrade, false, reason + "; it " + exit, timer));
        }
        if (!old.is(generation)) {
            return stay();
        }
        String both = reason + "; " + old + " " + exit;
        if (alive) {
            return Serving.enter(life.committed(failing().launch()), failing())
                    .then(new Action.Warn("no way back: " + both), new Action.Conclude(upgrade.succeeds()));
        }
        return BackingOff.after(life, both, Leavers.NONE).after(List.of(new Action.Conclude(upgrade.rolledBack(both))));
    }

    /** The old one may come back on another channel; its deadline decides. */
    @Override
    public Step channelLost(int generation, String why) {
        return stay();
    }

    @Override
    public Step deadline(Timer rung) {
        if (rung != timer) {
            return stay();
        }
        String both = reason + "; "
                + Failure.silent(old, "accept", life.rules().answer()).reason();
        if (alive) {
            // Better a worker under suspicion than none: it is the only one that accepts.
            Leaving retiring = Leaving.terminate(old, Optional.of(upgrade.succeeds()));
            return Step.to(new Draining(life.committed(failing().launch()), failing(), retiring))
                    .then(new Action.Warn("no way back: " + both))
                    .then(retiring.orders(life.rules()));
        }
        if (!parked) {
            // It accepted when it was last heard of: better a worker that does not answer than none.
            return Serving.enter(life, old).then(new Action.Warn(both), new Action.Conclude(upgrade.rolledBack(both)));
        }
        Leaving hung = Leaving.terminate(old, Optional.of(upgrade.rolledBack(both)));
        return BackingOff.after(life, both, Leavers.of(hung)).after(hung.orders(life.rules()));
    }

    @Override
    public Step upgradeRequested(Launch asked, Rules rules, Answer answer) {
        return stay().then(upgrade.refuse(answer, name()));
    }

    @Override
    public Step rollbackRequested(Answer answer) {
        return stay().then(upgrade.refuse(answer, name()));
    }

    @Override
    public Step stopRequested(Answer answer) {
        Optional<Verdict> verdict = Optional.of(upgrade.rolledBack(reason + "; then the stop"));
        Leaving leaving = Leaving.drain(old, life.rules().drain(), Optional.empty(), verdict);
        return Stopping.begin(
                life,
                answer,
                Leavers.NONE,
                alive ? List.of(Stopping.drain(life, failing()), leaving) : List.of(leaving));
    }
}
