package dev.baton.supervisor;

import dev.baton.handover.Message;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One worker serves, and there is no other.
 *
 * @param steady rings when it has served long enough for earlier failures to be forgotten; empty where there are none
 */
record Serving(Life life, Worker active, Optional<Timer> steady) implements Phase {

    static Step enter(Life life, Worker active) {
        if (life.failures() == 0) {
            return Step.to(new Serving(life, active, Optional.empty()));
        }
        Timer timer = new Timer("steady");
        return Step.to(
                new Serving(life, active, Optional.of(timer)),
                new Action.Arm(timer, life.rules().steady()));
    }

    /** A worker has become active while another may still drain, whose successor has died: this one is it now. */
    static Step beside(Life life, Worker active, Leavers leavers) {
        if (leavers.isEmpty()) {
            return enter(life, active);
        }
        Leaving retiring = leavers.all().get(0).succeededBy(active);
        return Step.to(new Draining(life, active, retiring)).then(retiring.redirection());
    }

    @Override
    public String name() {
        return "serving";
    }

    @Override
    public List<Seat> seats() {
        return List.of(Seat.active(active));
    }

    @Override
    public Map<Long, String> stages() {
        return Map.of();
    }

    @Override
    public Step connected(int generation) {
        return active.is(generation) ? stay().then(new Action.Tell(active, new Message.Accept())) : stay();
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
        return stay();
    }

    @Override
    public Step exited(int generation, Exit exit) {
        return active.is(generation) ? BackingOff.after(life, active + " " + exit, Leavers.NONE) : stay();
    }

    @Override
    public Step channelLost(int generation, String why) {
        return stay();
    }

    @Override
    public Step deadline(Timer timer) {
        return steady.isPresent() && steady.get() == timer ? enter(life.steady(), active) : stay();
    }

    @Override
    public Step upgradeRequested(Launch asked, Rules rules, Answer answer) {
        return Upgrading.begin(life.ruledBy(rules), active, life.launch(asked), answer);
    }

    @Override
    public Step rollbackRequested(Answer answer) {
        return life.rollback(this, answer, launch -> Upgrading.begin(life, active, launch, answer));
    }

    @Override
    public Step stopRequested(Answer answer) {
        return Stopping.begin(life, answer, Leavers.NONE, List.of(Stopping.drain(life, active)));
    }
}
