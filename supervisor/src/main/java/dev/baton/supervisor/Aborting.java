package dev.baton.supervisor;

import dev.baton.handover.Message;
import dev.baton.supervisor.Upgrade.Verdict;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The old worker serves, as before or again, and the new one has to go: killed if it never served, drained if it did.
 *
 * @param condemned always with the verdict of its upgrade
 */
record Aborting(Life life, Worker active, Leaving condemned) implements Phase {

    static Step begin(Life life, Worker active, Leaving condemned) {
        return Step.to(new Aborting(life, active, condemned)).then(condemned.orders(life.rules()));
    }

    private Verdict verdict() {
        return condemned.verdict().orElseThrow();
    }

    @Override
    public String name() {
        return verdict().outcome() == Outcome.ROLLED_BACK ? "rolling-back" : "aborting";
    }

    @Override
    public List<Seat> seats() {
        return List.of(Seat.active(active), condemned.seat());
    }

    @Override
    public Map<Long, String> stages() {
        return Leavers.of(condemned).stages();
    }

    @Override
    public Step connected(int generation) {
        if (active.is(generation)) {
            return stay().then(new Action.Tell(active, new Message.Accept()));
        }
        return condemned.is(generation) ? stay().then(condemned.reminder()) : stay();
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
        return condemned.is(generation) ? onward(condemned.drained()) : stay();
    }

    @Override
    public Step exited(int generation, Exit exit) {
        if (condemned.is(generation)) {
            return Serving.enter(life, active).then(condemned.gone());
        }
        return active.is(generation) ? BackingOff.after(life, active + " " + exit, Leavers.of(condemned)) : stay();
    }

    @Override
    public Step channelLost(int generation, String why) {
        return condemned.is(generation) ? onward(condemned.lost()) : stay();
    }

    @Override
    public Step deadline(Timer timer) {
        return condemned.waitsFor(timer) ? onward(condemned.late(timer)) : stay();
    }

    @Override
    public Step upgradeRequested(Launch asked, Rules rules, Answer answer) {
        return stay().then(verdict().upgrade().refuse(answer, name()));
    }

    @Override
    public Step rollbackRequested(Answer answer) {
        return stay().then(verdict().upgrade().refuse(answer, name()));
    }

    @Override
    public Step stopRequested(Answer answer) {
        return Stopping.begin(life, answer, Leavers.of(condemned), List.of(Stopping.drain(life, active)));
    }

    private Step onward(Leaving next) {
        return next == condemned
                ? stay()
                : Step.to(new Aborting(life, active, next)).then(next.ordersAfter(condemned, life.rules()));
    }
}
