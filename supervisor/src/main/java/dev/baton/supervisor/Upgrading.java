package dev.baton.supervisor;

import dev.baton.handover.Message;
import dev.baton.supervisor.Upgrade.Verdict;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A candidate starts in private beside the active worker, which does not notice.
 *
 * @param attempt of the upgrade's candidate; it has not been told to accept
 */
record Upgrading(Life life, Worker active, Upgrade upgrade, Attempt attempt) implements Phase {

    static Step begin(Life life, Worker active, Launch launch, Answer answer) {
        Upgrade upgrade = life.upgradeTo(launch, active.generation());
        return spawn(life.after(upgrade), active, upgrade)
                .after(List.of(new Action.Begin(upgrade), new Action.Grant(answer, upgrade.id())));
    }

    static Step spawn(Life life, Worker active, Upgrade upgrade) {
        Attempt attempt = Attempt.begin(upgrade.candidate());
        return Step.to(new Upgrading(life, active, upgrade, attempt)).then(attempt.spawnBehind(life.rules()));
    }

    @Override
    public String name() {
        return "upgrading";
    }

    @Override
    public List<Seat> seats() {
        return List.of(Seat.active(active), Seat.candidate(attempt.worker()));
    }

    @Override
    public Map<Long, String> stages() {
        return Map.of(upgrade.id(), attempt.stage());
    }

    @Override
    public Step connected(int generation) {
        return active.is(generation) ? stay().then(new Action.Tell(active, new Message.Accept())) : stay();
    }

    @Override
    public Step ready(int generation, List<String> missing) {
        if (!attempt.is(generation) || attempt.isReady()) {
            return stay();
        }
        if (!missing.isEmpty()) {
            return abort(upgrade.fails(Failure.missing(attempt.worker(), missing)));
        }
        return attempt.check()
                .map(checked -> Step.to(with(checked)).then(checked.ask()))
                .orElseGet(this::proved);
    }

    @Override
    public Step checked(int generation, Optional<String> failure) {
        if (!attempt.is(generation) || !attempt.isAsked()) {
            return stay();
        }
        return failure.map(attempt::failed)
                .map(failed -> Step.to(with(failed)).then(failed.pause()))
                .orElseGet(this::proved);
    }

    /** As a rule it would take over at once, and what it has not compiled yet, its first clients would wait for. */
    private Step proved() {
        return attempt.warm()
                .map(warming -> Step.to(with(warming)).then(warming.sendWarmUp()))
                .orElseGet(this::takeOver);
    }

    private Step takeOver() {
        return TakingOver.begin(life, active, upgrade, attempt);
    }

    @Override
    public Step warmed(int generation) {
        return attempt.is(generation) && attempt.warming() ? takeOver() : stay();
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
        if (attempt.is(generation)) {
            return Serving.enter(life, active).then(new Action.Conclude(upgrade.fails(attempt.failure(exit))));
        }
        if (active.is(generation)) {
            // Whoever is ready and only warms up is needed now.
            Attempt needed = attempt.warming() ? attempt.ready() : attempt;
            return Step.to(
                            new Starting(life, needed, Optional.of(upgrade), Leavers.NONE),
                            new Action.Warn("connections wait for " + attempt.worker() + ": " + active + " " + exit))
                    .then(
                            needed.told()
                                    ? needed.accept(life.rules())
                                    : List.of(new Action.StepForward(needed.worker())));
        }
        return stay();
    }

    @Override
    public Step channelLost(int generation, String why) {
        return attempt.is(generation) ? abort(upgrade.fails(Failure.lost(attempt.worker(), why))) : stay();
    }

    @Override
    public Step deadline(Timer rung) {
        if (attempt.isLateWith(rung)) {
            return takeOver().after(List.of(new Action.Warn("the warm-up of " + attempt.worker() + " has no end")));
        }
        return attempt.failure(rung, life.rules())
                .map(upgrade::fails)
                .map(this::abort)
                .or(() -> attempt.checkAgain(rung)
                        .map(asking -> Step.to(with(asking)).then(asking.ask())))
                .orElse(stay());
    }

    @Override
    public Step upgradeRequested(Launch asked, Rules rules, Answer answer) {
        return stay().then(upgrade.refuse(answer, name()));
    }

    @Override
    public Step rollbackRequested(Answer answer) {
        return abort(upgrade.calledOff()).then(new Action.Grant(answer, upgrade.id()));
    }

    @Override
    public Step stopRequested(Answer answer) {
        Leaving condemned = Leaving.condemn(attempt.worker(), Optional.of(upgrade.fails(Failure.stopped())));
        return Stopping.begin(life, answer, Leavers.NONE, List.of(Stopping.drain(life, active), condemned));
    }

    private Step abort(Verdict verdict) {
        return Aborting.begin(life, active, Leaving.condemn(attempt.worker(), Optional.of(verdict)));
    }

    private Upgrading with(Attempt next) {
        return new Upgrading(life, active, upgrade, next);
    }
}
