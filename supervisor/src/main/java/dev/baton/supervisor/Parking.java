package dev.baton.supervisor;

import dev.baton.handover.Message;
import dev.baton.supervisor.Status.Role;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Both accept: the new worker has said so, and the old one was told to park.
 *
 * @param timer for the old worker's {@code parked}
 */
record Parking(Life life, Worker old, Upgrade upgrade, Timer timer) implements Phase {

    static Step begin(Life life, Worker old, Upgrade upgrade) {
        Timer timer = new Timer("parked");
        return Step.to(
                new Parking(life, old, upgrade, timer),
                new Action.Tell(old, new Message.Park()),
                new Action.Arm(timer, life.rules().park()));
    }

    private Worker active() {
        return upgrade.candidate();
    }

    @Override
    public String name() {
        return "upgrading";
    }

    @Override
    public List<Seat> seats() {
        return List.of(Seat.active(active()), new Seat(old, Role.PARKED, true));
    }

    @Override
    public Map<Long, String> stages() {
        return Map.of(upgrade.id(), "parking");
    }

    @Override
    public Step connected(int generation) {
        if (active().is(generation)) {
            return stay().then(new Action.Tell(active(), new Message.Accept()));
        }
        return old.is(generation) ? stay().then(new Action.Tell(old, new Message.Park())) : stay();
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
        return stay();
    }

    @Override
    public Step parked(int generation, boolean standsBy) {
        if (!old.is(generation)) {
            return stay();
        }
        return standsBy ? Baking.begin(life, old, upgrade) : retire();
    }

    /** It takes connections as long as it listens, and only its end ends that: there is nothing to bake with. */
    private Step retire() {
        Leaving retiring = Leaving.drain(old, life.rules().drain(), Optional.empty(), Optional.of(upgrade.succeeds()));
        return Step.to(new Draining(life.committed(active().launch()), active(), retiring))
                .then(retiring.orders(life.rules()));
    }

    @Override
    public Step drained(int generation) {
        return stay();
    }

    @Override
    public Step exited(int generation, Exit exit) {
        if (active().is(generation)) {
            return Returning.begin(life, old, false, upgrade, false, active() + " " + exit);
        }
        return old.is(generation)
                ? Serving.enter(life.committed(active().launch()), active())
                        .then(new Action.Conclude(upgrade.succeeds()))
                : stay();
    }

    @Override
    public Step channelLost(int generation, String why) {
        return active().is(generation)
                ? Returning.begin(
                        life,
                        old,
                        false,
                        upgrade,
                        true,
                        Failure.lost(active(), why).reason())
                : stay();
    }

    /**
     * The old worker hangs, or has been without a channel all the time. The new one is proven and serves: it stays.
     * There is nothing to bake with, for a worker that cannot be parked cannot be called back either.
     */
    @Override
    public Step deadline(Timer rung) {
        if (rung != timer) {
            return stay();
        }
        Leaving retiring = Leaving.terminate(old, Optional.of(upgrade.succeeds()));
        return Step.to(
                        new Draining(life.committed(active().launch()), active(), retiring),
                        new Action.Warn(
                                Failure.silent(old, "park", life.rules().park()).reason() + ": it is terminated"))
                .then(retiring.orders(life.rules()));
    }

    @Override
    public Step upgradeRequested(Launch asked, Rules rules, Answer answer) {
        return stay().then(upgrade.refuse(answer, name()));
    }

    @Override
    public Step rollbackRequested(Answer answer) {
        return Returning.begin(life, old, false, upgrade, true, "a rollback was asked for")
                .then(new Action.Grant(answer, upgrade.id()));
    }

    @Override
    public Step stopRequested(Answer answer) {
        return Stopping.begin(
                life,
                answer,
                Leavers.NONE,
                List.of(
                        Stopping.drain(life, active()),
                        Leaving.drain(
                                old,
                                life.rules().drain(),
                                Optional.empty(),
                                Optional.of(upgrade.fails(Failure.stopped())))));
    }
}
