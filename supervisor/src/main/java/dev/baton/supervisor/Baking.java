package dev.baton.supervisor;

import dev.baton.handover.Message;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The new worker serves, and the old one stands by, parked: whatever happens to the new one now, the old one accepts
 * again within milliseconds. If there is a check, the new one is asked all the time, as its clients ask.
 *
 * @param inquiry its check, at the public address, where only the new worker accepts
 * @param over whether its time is over: then it ends with the next good answer, or with one bad answer too many
 */
record Baking(Life life, Worker parked, Upgrade upgrade, Timer timer, Optional<Inquiry> inquiry, boolean over)
        implements Phase {

    static Step begin(Life life, Worker parked, Upgrade upgrade) {
        Timer timer = new Timer("bake");
        Optional<Inquiry> inquiry = Inquiry.of(upgrade.candidate(), Inquiry.Where.PUBLIC);
        Baking baking = new Baking(life, parked, upgrade, timer, inquiry, false);
        return life.rules().bake().isZero()
                ? baking.commit()
                : Step.to(baking, new Action.Arm(timer, life.rules().bake()))
                        .then(inquiry.map(i -> List.of(i.ask())).orElse(List.of()));
    }

    private Worker active() {
        return upgrade.candidate();
    }

    @Override
    public String name() {
        return "baking";
    }

    @Override
    public List<Seat> seats() {
        return List.of(Seat.active(active()), Seat.parked(parked));
    }

    @Override
    public Map<Long, String> stages() {
        return Map.of(upgrade.id(), "baking");
    }

    @Override
    public Step connected(int generation) {
        if (active().is(generation)) {
            return stay().then(new Action.Tell(active(), new Message.Accept()));
        }
        return parked.is(generation) ? stay().then(new Action.Tell(parked, new Message.Park())) : stay();
    }

    @Override
    public Step ready(int generation, List<String> missing) {
        return stay();
    }

    @Override
    public Step checked(int generation, Optional<String> failure) {
        if (!active().is(generation) || inquiry.filter(i -> i.again().isEmpty()).isEmpty()) {
            return stay();
        }
        Inquiry answered = inquiry.get().answered(failure);
        if (answered.hasFailed()) {
            return Returning.begin(life, parked, true, upgrade, true, Failure.failing(answered));
        }
        if (over && failure.isEmpty()) {
            return commit();
        }
        Step step = Step.to(with(answered, over)).then(answered.pause());
        return failure.isPresent() ? step.then(new Action.Warn(Failure.failing(answered))) : step;
    }

    private Baking with(Inquiry next, boolean timeOver) {
        return new Baking(life, parked, upgrade, timer, Optional.of(next), timeOver);
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
        return stay();
    }

    @Override
    public Step exited(int generation, Exit exit) {
        if (active().is(generation)) {
            return Returning.begin(life, parked, true, upgrade, false, active() + " " + exit);
        }
        if (parked.is(generation)) {
            return Serving.enter(life.committed(active().launch()), active())
                    .then(
                            new Action.Warn(
                                    "the bake ends early, there is nothing to go back to: " + parked + " " + exit),
                            new Action.Conclude(upgrade.succeeds()));
        }
        return stay();
    }

    @Override
    public Step channelLost(int generation, String why) {
        return active().is(generation)
                ? Returning.begin(
                        life,
                        parked,
                        true,
                        upgrade,
                        true,
                        Failure.lost(active(), why).reason())
                : stay();
    }

    @Override
    public Step deadline(Timer rung) {
        if (rung == timer) {
            return inquiry.filter(i -> !i.isContent())
                    .map(i -> Step.to(with(i, true)))
                    .orElseGet(this::commit);
        }
        return inquiry.filter(i -> i.waitsFor(rung))
                .map(Inquiry::asking)
                .map(asking -> Step.to(with(asking, over), asking.ask()))
                .orElse(stay());
    }

    private Step commit() {
        Leaving retiring =
                Leaving.drain(parked, life.rules().drain(), Optional.of(active()), Optional.of(upgrade.succeeds()));
        return Step.to(new Draining(life.committed(active().launch()), active(), retiring))
                .then(retiring.orders(life.rules()));
    }

    @Override
    public Step upgradeRequested(Launch asked, Rules rules, Answer answer) {
        return stay().then(upgrade.refuse(answer, name()));
    }

    @Override
    public Step rollbackRequested(Answer answer) {
        return Returning.begin(life, parked, true, upgrade, true, "a rollback was asked for")
                .then(new Action.Grant(answer, upgrade.id()));
    }

    /** The new worker had taken over, and the old one will be gone: that upgrade was one. */
    @Override
    public Step stopRequested(Answer answer) {
        return Stopping.begin(
                life,
                answer,
                Leavers.NONE,
                List.of(
                        Stopping.drain(life, active()),
                        Leaving.drain(
                                parked, life.rules().drain(), Optional.empty(), Optional.of(upgrade.succeeds()))));
    }
}
