package dev.baton.supervisor;

import dev.baton.handover.Message;
import dev.baton.supervisor.Upgrade.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Nobody is active, and a worker is on its way to be: the very first, one started again, or the candidate of an
 * upgrade whose old worker has died meanwhile. Connections wait in the backlog.
 *
 * @param upgrade the upgrade whose candidate it is
 * @param leavers at most one, which drains
 */
record Starting(Life life, Attempt attempt, Optional<Upgrade> upgrade, Leavers leavers) implements Phase {

    /** Spawns a worker of what serves, or served last. */
    static Step again(Life life, Leavers leavers) {
        return spawn(life.afterNext(), life.next(), Optional.empty(), leavers);
    }

    static Step spawn(Life life, Worker worker, Optional<Upgrade> upgrade, Leavers leavers) {
        Attempt attempt = Attempt.begin(worker);
        return Step.to(new Starting(life, attempt, upgrade, leavers)).then(attempt.spawn(life.rules()));
    }

    @Override
    public String name() {
        return upgrade.isPresent() ? "upgrading" : "starting";
    }

    @Override
    public List<Seat> seats() {
        List<Seat> seats = new ArrayList<>();
        seats.add(Seat.candidate(attempt.worker()));
        leavers.seats().forEach(seats::add);
        return seats;
    }

    @Override
    public Map<Long, String> stages() {
        Map<Long, String> stages = new TreeMap<>(leavers.stages());
        upgrade.ifPresent(u -> stages.put(u.id(), attempt.stage()));
        return stages;
    }

    @Override
    public Step connected(int generation) {
        if (attempt.is(generation)) {
            return attempt.told() ? stay().then(new Action.Tell(attempt.worker(), new Message.Accept())) : stay();
        }
        return leavers.find(generation).map(l -> stay().then(l.reminder())).orElse(stay());
    }

    @Override
    public Step ready(int generation, List<String> missing) {
        if (!attempt.is(generation) || attempt.isReady()) {
            return stay();
        }
        if (!missing.isEmpty()) {
            return failed(Failure.missing(attempt.worker(), missing), true);
        }
        return attempt.check()
                .map(checked -> Step.to(with(checked)).then(checked.ask()))
                .orElseGet(this::accept);
    }

    @Override
    public Step checked(int generation, Optional<String> failure) {
        if (!attempt.is(generation) || !attempt.isAsked()) {
            return stay();
        }
        return failure.map(attempt::failed)
                .map(failed -> Step.to(with(failed)).then(failed.pause()))
                .orElseGet(this::accept);
    }

    private Step accept() {
        Attempt ready = attempt.ready();
        return Step.to(with(ready)).then(ready.accept(life.rules()));
    }

    @Override
    public Step warmed(int generation) {
        return stay();
    }

    @Override
    public Step accepting(int generation) {
        if (!attempt.is(generation) || !attempt.told()) {
            return stay();
        }
        Worker active = attempt.worker();
        return upgrade.map(u -> Serving.beside(life.committed(active.launch()), active, leavers)
                        .then(new Action.Conclude(u.succeeds())))
                .orElseGet(() -> Serving.beside(life.nowServed(), active, leavers));
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
        if (attempt.is(generation)) {
            return failed(attempt.failure(exit), false);
        }
        return leavers.find(generation)
                .map(l -> Step.to(with(leavers.without(l))).then(l.gone()))
                .orElse(stay());
    }

    @Override
    public Step channelLost(int generation, String why) {
        if (attempt.is(generation)) {
            return failed(Failure.lost(attempt.worker(), why), true);
        }
        return leavers.find(generation).map(l -> onward(l, l.lost())).orElse(stay());
    }

    @Override
    public Step deadline(Timer rung) {
        return attempt.failure(rung, life.rules())
                .map(failure -> failed(failure, true))
                .or(() -> attempt.checkAgain(rung)
                        .map(asking -> Step.to(with(asking)).then(asking.ask())))
                .or(() -> leavers.find(rung).map(l -> onward(l, l.late(rung))))
                .orElse(stay());
    }

    @Override
    public Step upgradeRequested(Launch asked, Rules rules, Answer answer) {
        return replace(life.ruledBy(rules), life.launch(asked), answer);
    }

    @Override
    public Step rollbackRequested(Answer answer) {
        return life.rollback(this, answer, launch -> replace(life, launch, answer));
    }

    /**
     * What dies again and again is best replaced before it is even up: nobody is served meanwhile. The new one waits
     * until the present one is gone.
     */
    private Step replace(Life next, Launch launch, Answer answer) {
        if (upgrade.isPresent()) {
            return stay().then(upgrade.get().refuse(answer, name()));
        }
        if (!life.served()) {
            return stay().then(new Action.Refuse(answer, "the first worker is still starting: wait until it serves"));
        }
        if (attempt.told()) {
            return stay().then(new Action.Refuse(
                    answer, attempt.worker() + " is about to serve after a restart: ask again in a moment"));
        }
        Leaving condemned = Leaving.condemn(attempt.worker(), Optional.empty());
        return BackingOff.upgrade(next, launch, attempt.worker().generation(), leavers.with(condemned), answer)
                .then(condemned.orders(next.rules()));
    }

    @Override
    public Step stopRequested(Answer answer) {
        Optional<Verdict> verdict = upgrade.map(u -> u.fails(Failure.stopped()));
        Leaving leaving = attempt.told()
                ? Leaving.drain(attempt.worker(), life.rules().drain(), Optional.empty(), verdict)
                : Leaving.condemn(attempt.worker(), verdict);
        return Stopping.begin(life, answer, leavers, List.of(leaving));
    }

    private Step failed(Failure failure, boolean alive) {
        Leaving condemned = Leaving.condemn(attempt.worker(), upgrade.map(u -> u.fails(failure)));
        List<Action> farewell = alive ? condemned.orders(life.rules()) : condemned.gone();
        Leavers left = alive ? leavers.with(condemned) : leavers;
        return life.served()
                ? BackingOff.after(life, failure.reason(), left).after(farewell)
                : Stopping.failed(life, left, failure.reason()).then(farewell);
    }

    private Step onward(Leaving from, Leaving to) {
        return from == to ? stay() : Step.to(with(leavers.replace(from, to))).then(to.ordersAfter(from, life.rules()));
    }

    private Starting with(Leavers others) {
        return new Starting(life, attempt, upgrade, others);
    }

    private Starting with(Attempt next) {
        return new Starting(life, next, upgrade, leavers);
    }
}
