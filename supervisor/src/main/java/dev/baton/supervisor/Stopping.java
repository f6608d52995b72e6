package dev.baton.supervisor;

import dev.baton.handover.Message;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Every worker is on its way out, and none will follow. Nobody new is let in, those who wait are accepted, and when
 * nobody accepts any more the listeners are closed: whoever comes then is refused at once and can go elsewhere, and does
 * not wait for somebody who will not come.
 *
 * @param accepting generations that accept, and have not been heard to park
 * @param exitCode of the supervisor's program
 */
record Stopping(Life life, Leavers leavers, Set<Integer> accepting, int exitCode) implements Phase {
    Stopping {
        accepting = Set.copyOf(accepting);
    }

    /** On request. Those who leave already go on leaving; the others accept who waits, park and drain, or are terminated. */
    static Step begin(Life life, Answer answer, Leavers leaving, List<Leaving> fresh) {
        List<Action> actions = new ArrayList<>();
        Leavers all = leaving;
        Set<Integer> accepting = new HashSet<>();
        for (Leaving one : fresh) {
            Leaving leaves = one.acceptingFirst();
            all = all.with(leaves);
            if (leaves.stage() == Leaving.Stage.ACCEPTING) {
                accepting.add(leaves.worker().generation());
            }
            actions.addAll(leaves.orders(life.rules()));
        }
        actions.add(0, accepting.isEmpty() ? new Action.CloseListeners() : new Action.KeepNewcomersOut());
        return until(life, all, accepting, 0).then(new Action.Grant(answer, 0)).then(actions);
    }

    /** The very first worker failed, so that there is nothing to serve with, and nothing to go back to. */
    static Step failed(Life life, Leavers leavers, String reason) {
        return until(life, leavers, Set.of(), 1)
                .then(new Action.Warn("nothing was serving yet, and so nothing can be: " + reason));
    }

    static Leaving drain(Life life, Worker worker) {
        return Leaving.drain(worker, life.rules().drain(), Optional.empty(), Optional.empty());
    }

    private static Step until(Life life, Leavers leavers, Set<Integer> accepting, int exitCode) {
        return Step.to(leavers.isEmpty() ? new Stopped(exitCode) : new Stopping(life, leavers, accepting, exitCode));
    }

    @Override
    public String name() {
        return "stopping";
    }

    @Override
    public List<Seat> seats() {
        return leavers.seats().toList();
    }

    @Override
    public Map<Long, String> stages() {
        return leavers.stages();
    }

    @Override
    public Step connected(int generation) {
        return leavers.find(generation).map(l -> stay().then(l.reminder())).orElse(stay());
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

    /** One that cannot stand by was told in its own way to stop, and closes what it has itself. */
    @Override
    public Step parked(int generation, boolean standsBy) {
        return without(generation, leavers);
    }

    @Override
    public Step drained(int generation) {
        return leavers.find(generation).map(l -> onward(l, l.drained())).orElse(stay());
    }

    @Override
    public Step exited(int generation, Exit exit) {
        return leavers.find(generation)
                .map(l -> without(generation, leavers.without(l)).then(l.gone()))
                .orElse(stay());
    }

    @Override
    public Step channelLost(int generation, String why) {
        return leavers.find(generation).map(l -> onward(l, l.lost())).orElse(stay());
    }

    @Override
    public Step deadline(Timer rung) {
        return leavers.find(rung).map(l -> onward(l, l.late(rung))).orElse(stay());
    }

    @Override
    public Step upgradeRequested(Launch asked, Rules rules, Answer answer) {
        return stay().then(new Action.Refuse(answer, "the supervisor is stopping"));
    }

    @Override
    public Step rollbackRequested(Answer answer) {
        return stay().then(new Action.Refuse(answer, "the supervisor is stopping"));
    }

    /** Asked again, and again: each time every worker is taken one stage further at once. */
    @Override
    public Step stopRequested(Answer answer) {
        Leavers pushed = new Leavers(leavers.all().stream().map(Leaving::pushed).toList());
        Step step = Step.to(
                new Stopping(life, pushed, Set.of(), exitCode),
                new Action.Grant(answer, 0),
                new Action.CloseListeners());
        for (Leaving leaving : pushed.all()) {
            step = step.then(leaving.orders(life.rules()));
        }
        return step;
    }

    private Step onward(Leaving from, Leaving to) {
        if (from == to) {
            return stay();
        }
        Leavers next = leavers.replace(from, to);
        Step step = to.stage() == Leaving.Stage.DRAINING
                ? until(life, next, accepting, exitCode).then(new Action.Tell(to.worker(), new Message.Park()))
                : without(from.worker().generation(), next);
        return step.then(to.ordersAfter(from, life.rules()));
    }

    /** @param generation one that does not accept any more, or that nobody waits for */
    private Step without(int generation, Leavers next) {
        Set<Integer> left = new HashSet<>(accepting);
        boolean wasLast = left.remove(generation) && left.isEmpty();
        Step step = until(life, next, left, exitCode);
        return wasLast ? step.then(new Action.CloseListeners()) : step;
    }
}
