package dev.baton.supervisor;

import dev.baton.handover.Message;
import dev.baton.supervisor.Status.Role;
import dev.baton.supervisor.Upgrade.Verdict;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * How a phase goes on under a supervisor that has read of it. Timers begin anew, and orders that may not have been
 * given are given once more: each of them may be. Whoever has died meanwhile is told afterwards, as an exit.
 *
 * <p>An upgrade that had not taken over has failed: its candidate may have said, to nobody, what mattered. Wherever
 * that leaves a choice, the old worker is the one that is known to serve.
 */
final class Resumption {
    private final IntPredicate alive;

    private Resumption(IntPredicate alive) {
        this.alive = alive;
    }

    /** @param alive whether the process of a generation lives */
    static Step of(Phase phase, IntPredicate alive) {
        return new Resumption(alive).resume(phase);
    }

    /**
     * The same step, and the end of every upgrade that would run for ever: the next phase is written first, and the end of
     * what it leaves behind after it.
     */
    static Step concluding(Step step, List<UpgradeRecord> records) {
        Set<Long> ending = new HashSet<>(step.next().stages().keySet());
        for (Action action : step.actions()) {
            if (action instanceof Action.Conclude conclude) {
                ending.add(conclude.verdict().upgrade().id());
            }
        }
        return step.then(records.stream()
                .filter(record -> record.outcome().isEmpty() && !ending.contains(record.id()))
                .map(record -> new Action.Conclude(verdict(record, step.next())))
                .toList());
    }

    private static Verdict verdict(UpgradeRecord record, Phase phase) {
        Upgrade upgrade = new Upgrade(
                record.id(), record.from(), new Worker(record.to(), phase.life().launch()));
        boolean serves = phase.seats().stream()
                .anyMatch(seat -> seat.role() == Role.ACTIVE && seat.worker().is(record.to()));
        return serves ? upgrade.succeeds() : upgrade.fails(Failure.orphaned());
    }

    /** Why a phase cannot go on under another program as it would under this one, and what to do. */
    static Optional<String> obstacle(Phase phase) {
        if (phase instanceof Clearing || phase instanceof Upgrading || phase instanceof TakingOver) {
            return Optional.of("an upgrade is running whose candidate has not taken over, and would be lost: wait for"
                    + " its end and ask again");
        }
        if (phase instanceof Starting) {
            return Optional.of(
                    "a worker is starting, and would find no supervisor: wait until it serves and ask again");
        }
        return phase instanceof Stopping || phase instanceof Stopped
                ? Optional.of("the supervisor is stopping")
                : Optional.empty();
    }

    private Step resume(Phase phase) {
        if (phase instanceof Starting p) {
            return starting(p);
        }
        if (phase instanceof BackingOff p) {
            return p.resume().then(orders(p.leavers(), p.life()));
        }
        if (phase instanceof Serving p) {
            return Serving.enter(p.life(), p.active());
        }
        if (phase instanceof Clearing p) {
            return Step.to(
                            new Draining(p.life(), p.active(), p.retiring()),
                            new Action.Conclude(p.upgrade().fails(Failure.orphaned())))
                    .then(p.retiring().orders(p.life().rules()));
        }
        if (phase instanceof Upgrading p) {
            return candidate(p.life(), p.active(), p.upgrade(), p.attempt());
        }
        if (phase instanceof TakingOver p) {
            return candidate(p.life(), p.active(), p.upgrade(), p.attempt());
        }
        if (phase instanceof Parking p) {
            return Parking.begin(p.life(), p.old(), p.upgrade());
        }
        if (phase instanceof Baking p) {
            return Baking.begin(p.life(), p.parked(), p.upgrade());
        }
        if (phase instanceof Draining p) {
            return Step.to(p).then(p.retiring().orders(p.life().rules()));
        }
        if (phase instanceof Aborting p) {
            return Step.to(p).then(p.condemned().orders(p.life().rules()));
        }
        if (phase instanceof Returning p) {
            return Returning.begin(p.life(), p.old(), p.parked(), p.upgrade(), p.alive(), p.reason());
        }
        if (phase instanceof Stopping p) {
            return stopping(p);
        }
        throw new IllegalArgumentException("nothing follows " + phase);
    }

    private Step starting(Starting p) {
        Attempt attempt = p.attempt();
        if (!alive.test(attempt.worker().generation())
                && !p.life().served()
                && p.upgrade().isEmpty()) {
            // The very first one died with its supervisor: that says nothing against the command.
            return Starting.again(p.life(), p.leavers()).then(orders(p.leavers(), p.life()));
        }
        return wait(p.life(), attempt, p.upgrade(), p.leavers());
    }

    /** For the worker's word, however long it has been waited for already. */
    private static Step wait(Life life, Attempt attempt, Optional<Upgrade> upgrade, Leavers leavers) {
        Rules rules = life.rules();
        return Step.to(new Starting(life, attempt, upgrade, leavers))
                .then(attempt.told() ? attempt.accept(rules) : List.of(new Action.Arm(attempt.timer(), rules.ready())))
                .then(orders(leavers, life));
    }

    private Step candidate(Life life, Worker active, Upgrade upgrade, Attempt attempt) {
        Worker candidate = attempt.worker();
        if (!alive.test(active.generation()) && alive.test(candidate.generation())) {
            return wait(life, attempt, Optional.of(upgrade), Leavers.NONE); // better than nobody
        }
        Optional<Verdict> verdict = Optional.of(upgrade.fails(Failure.orphaned()));
        if (!attempt.told()) {
            return Aborting.begin(life, active, Leaving.condemn(candidate, verdict));
        }
        Leaving drained = Leaving.drain(candidate, life.rules().drain(), Optional.of(active), verdict);
        return Aborting.begin(life, active, drained)
                .after(List.of(
                        new Action.Tell(active, new Message.Accept()), new Action.Tell(candidate, new Message.Park())));
    }

    /**
     * A new supervisor was asked for: whoever leaves goes on leaving, and somebody serves again. No more than one may
     * retire beside the one that starts: of two, the one that was active finishes what it has.
     */
    private static Step stopping(Stopping p) {
        List<Leaving> leaving = new ArrayList<>();
        int youngest = p.leavers().all().stream()
                .filter(one -> one.role() == Role.RETIRING)
                .mapToInt(one -> one.worker().generation())
                .max()
                .orElse(0);
        for (Leaving one : p.leavers().all()) {
            boolean isOlder = one.role() == Role.RETIRING && one.worker().generation() < youngest;
            leaving.add(isOlder ? Leaving.condemn(one.worker(), one.verdict()) : one);
        }
        Leavers leavers = new Leavers(leaving);
        return new BackingOff(p.life(), Optional.empty(), Optional.empty(), leavers)
                .resume()
                .then(orders(leavers, p.life()));
    }

    private static List<Action> orders(Leavers leavers, Life life) {
        return leavers.all().stream()
                .flatMap(leaving -> leaving.orders(life.rules()).stream())
                .toList();
    }
}
