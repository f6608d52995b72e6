package dev.baton.supervisor;

import dev.baton.handover.Message;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The new worker serves for good, and the old one finishes what it has. */
record Draining(Life life, Worker active, Leaving retiring) implements Phase {

    @Override
    public String name() {
        return "draining";
    }

    @Override
    public List<Seat> seats() {
        return List.of(Seat.active(active), retiring.seat());
    }

    @Override
    public Map<Long, String> stages() {
        return Leavers.of(retiring).stages();
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
            return Serving.enter(life, active).then(retiring.gone());
        }
        return active.is(generation) ? BackingOff.after(life, active + " " + exit, Leavers.of(retiring)) : stay();
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
        return Clearing.begin(life.ruledBy(rules), active, retiring, life.launch(asked), answer);
    }

    /** The old one closes its connections already and cannot be called back; its command can. */
    @Override
    public Step rollbackRequested(Answer answer) {
        return life.rollback(this, answer, launch -> Clearing.begin(life, active, retiring, launch, answer));
    }

    @Override
    public Step stopRequested(Answer answer) {
        return Stopping.begin(life, answer, Leavers.of(retiring), List.of(Stopping.drain(life, active)));
    }

    private Step onward(Leaving next) {
        return next == retiring
                ? stay()
                : Step.to(new Draining(life, active, next)).then(next.ordersAfter(retiring, life.rules()));
    }
}
