package dev.baton.supervisor;

import dev.baton.handover.Message;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The next upgrade was asked for while a worker still drained: that drain is cut short, and its exit waited for, so
 * that never more than one worker retires and never more than two live.
 *
 * @param upgrade the next one; its candidate has not been spawned
 */
record Clearing(Life life, Worker active, Leaving retiring, Upgrade upgrade) implements Phase {

    static Step begin(Life life, Worker active, Leaving retiring, Launch launch, Answer answer) {
        Upgrade upgrade = life.upgradeTo(launch, active.generation());
        Leaving hurried = retiring.hurried(life.rules().hurry());
        Step step = Step.to(
                new Clearing(life.after(upgrade), active, hurried, upgrade),
                new Action.Begin(upgrade),
                new Action.Grant(answer, upgrade.id()));
        return step.then(hurried.ordersAfter(retiring, life.rules()));
    }

    @Override
    public String name() {
        return "upgrading";
    }

    @Override
    public List<Seat> seats() {
        return List.of(Seat.active(active), retiring.seat());
    }

    @Override
    public Map<Long, String> stages() {
        Map<Long, String> stages = new TreeMap<>(Leavers.of(retiring).stages());
        stages.put(upgrade.id(), "waiting");
        return stages;
    }

    @Override
    public Step connected(int generation) {
        if (active.is(generation)) {
            return stay().then(new Action.Tell(active, new Message.Accept()));
        }
        return retiring.is(generation) ? stay().then(retiring.reminder()) : stay();
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
        return stay();
    }

    @Override
    public Step drained(int generation) {
        return retiring.is(generation) ? onward(retiring.drained()) : stay();
    }

    @Override
    public Step exited(int generation, Exit exit) {
        if (retiring.is(generation)) {
            return Upgrading.spawn(life, active, upgrade).after(retiring.gone());
        }
        if (active.is(generation)) {
            return Starting.spawn(life, upgrade.candidate(), Optional.of(upgrade), Leavers.of(retiring));
        }
        return stay();
    }

    @Override
    public Step channelLost(int generation, String why) {
        return retiring.is(generation) ? onward(retiring.lost()) : stay();
    }

    @Override
    public Step deadline(Timer timer) {
        return retiring.waitsFor(timer) ? onward(retiring.late(timer)) : stay();
    }

    @Override
    public Step upgradeRequested(Launch asked, Rules rules, Answer answer) {
        return stay().then(upgrade.refuse(answer, name()));
    }

    @Override
    public Step rollbackRequested(Answer answer) {
        return Step.to(new Draining(life, active, retiring))
                .then(new Action.Grant(answer, upgrade.id()), new Action.Conclude(upgrade.calledOff()));
    }

    @Override
    public Step stopRequested(Answer answer) {
        return Stopping.begin(life, answer, Leavers.of(retiring), List.of(Stopping.drain(life, active)))
                .then(new Action.Conclude(upgrade.fails(Failure.stopped())));
    }

    private Step onward(Leaving next) {
        return next == retiring
                ? stay()
                : Step.to(new Clearing(life, active, next, upgrade)).then(next.ordersAfter(retiring, life.rules()));
    }
}
