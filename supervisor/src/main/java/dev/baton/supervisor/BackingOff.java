package dev.baton.supervisor;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Nobody is active, and the next start waits: for the back-off to pass, and for a candidate to be gone. Connections
 * wait in the backlog.
 *
 * @param timer what is still to pass; empty when only the candidate's exit is waited for
 * @param upgrade whose candidate is started next; empty: what served last is started again
 * @param leavers at most one that drains, and at most one candidate
 */
record BackingOff(Life life, Optional<Timer> timer, Optional<Upgrade> upgrade, Leavers leavers) implements Phase {

    /** Why it is waited, where the supervisor that knew has died. */
    private static final String BEFORE = "it happened before this supervisor started";

    /** After a failure. */
    static Step after(Life life, String reason, Leavers leavers) {
        Life failed = life.failed();
        Timer timer = new Timer("back-off");
        return Step.to(
                new BackingOff(failed, Optional.of(timer), Optional.empty(), leavers),
                new Action.Warn(
                        "nobody serves, connections wait: " + reason + "; failures in a row: " + failed.failures()),
                new Action.BackOff(timer, failed.failures(), reason));
    }

    /** An upgrade that starts as soon as no other candidate is alive. */
    static Step upgrade(Life life, Launch launch, int from, Leavers leavers, Answer answer) {
        Upgrade upgrade = life.upgradeTo(launch, from);
        return new BackingOff(life.after(upgrade), Optional.empty(), Optional.of(upgrade), leavers)
                .startIfPossible()
                .after(List.of(new Action.Begin(upgrade), new Action.Grant(answer, upgrade.id())));
    }

    /** Where nobody knows how long was waited already. */
    Step resume() {
        return timer.map(t -> stay().then(new Action.BackOff(t, life.failures(), BEFORE)))
                .orElseGet(this::startIfPossible);
    }

    private Step startIfPossible() {
        if (timer.isPresent() || leavers.hasCandidate()) {
            return stay();
        }
        return upgrade.map(u -> Starting.spawn(life, u.candidate(), upgrade, leavers))
                .orElseGet(() -> Starting.again(life, leavers));
    }

    @Override
    public String name() {
        return upgrade.isPresent() ? "upgrading" : "starting";
    }

    @Override
    public List<Seat> seats() {
        return leavers.seats().toList();
    }

    @Override
    public Map<Long, String> stages() {
        Map<Long, String> stages = new TreeMap<>(leavers.stages());
        upgrade.ifPresent(u -> stages.put(u.id(), "waiting"));
        return stages;
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

    @Override
    public Step parked(int generation, boolean standsBy) {
        return stay();
    }

    @Override
    public Step drained(int generation) {
        return leavers.find(generation).map(l -> onward(l, l.drained())).orElse(stay());
    }

    @Override
    public Step exited(int generation, Exit exit) {
        return leavers.find(generation)
                .map(l -> new BackingOff(life, timer, upgrade, leavers.without(l))
                        .startIfPossible()
                        .after(l.gone()))
                .orElse(stay());
    }

    @Override
    public Step channelLost(int generation, String why) {
        return leavers.find(generation).map(l -> onward(l, l.lost())).orElse(stay());
    }

    @Override
    public Step deadline(Timer rung) {
        if (timer.isPresent() && timer.get() == rung) {
            return new BackingOff(life, Optional.empty(), upgrade, leavers).startIfPossible();
        }
        return leavers.find(rung).map(l -> onward(l, l.late(rung))).orElse(stay());
    }

    @Override
    public Step upgradeRequested(Launch asked, Rules rules, Answer answer) {
        return replace(life.ruledBy(rules), life.launch(asked), answer);
    }

    @Override
    public Step rollbackRequested(Answer answer) {
        return life.rollback(this, answer, launch -> replace(life, launch, answer));
    }

    /** What dies again and again is best replaced at once. */
    private Step replace(Life next, Launch launch, Answer answer) {
        return upgrade.map(u -> stay().then(u.refuse(answer, name())))
                .orElseGet(() -> upgrade(next, launch, next.lastGeneration(), leavers, answer));
    }

    @Override
    public Step stopRequested(Answer answer) {
        Step step = Stopping.begin(life, answer, leavers, List.of());
        return upgrade.map(u -> step.then(new Action.Conclude(u.fails(Failure.stopped()))))
                .orElse(step);
    }

    private Step onward(Leaving from, Leaving to) {
        return from == to
                ? stay()
                : Step.to(new BackingOff(life, timer, upgrade, leavers.replace(from, to)))
                        .then(to.ordersAfter(from, life.rules()));
    }
}
