package dev.baton.supervisor;

import java.util.Optional;
import java.util.function.Function;

/**
 * What the supervisor remembers from phase to phase.
 *
 * @param lastGeneration the newest generation, spawned or reserved
 * @param lastUpgrade the newest upgrade's id
 * @param launch what serves, and is started again if it dies
 * @param previous what served before: where a rollback leads after the bake
 * @param failures how often in a row the active worker has died or could not be started
 * @param served whether any worker has ever accepted; until then a failure is the end, not a reason to try again
 */
record Life(
        Rules rules,
        int lastGeneration,
        long lastUpgrade,
        Launch launch,
        Optional<Launch> previous,
        int failures,
        boolean served) {

    static Life begin(Rules rules, Launch launch) {
        return new Life(rules, 0, 0, launch, Optional.empty(), 0, false);
    }

    /** The worker that a spawn now makes; {@link #afterNext} is the life in which it exists. */
    Worker next() {
        return new Worker(lastGeneration + 1, launch);
    }

    Life afterNext() {
        return new Life(rules, lastGeneration + 1, lastUpgrade, launch, previous, failures, served);
    }

    /** The upgrade that this launch means, its numbers being reserved in {@link #after(Upgrade)}. */
    Upgrade upgradeTo(Launch to, int from) {
        return new Upgrade(lastUpgrade + 1, from, new Worker(lastGeneration + 1, to));
    }

    Life after(Upgrade upgrade) {
        return new Life(rules, upgrade.to(), upgrade.id(), launch, previous, failures, served);
    }

    /** A launch has taken over for good. A success forgets the failures of what it replaced. */
    Life committed(Launch to) {
        return new Life(rules, lastGeneration, lastUpgrade, to, Optional.of(launch), 0, true);
    }

    Life nowServed() {
        return new Life(rules, lastGeneration, lastUpgrade, launch, previous, failures, true);
    }

    Life failed() {
        return new Life(rules, lastGeneration, lastUpgrade, launch, previous, failures + 1, served);
    }

    Life steady() {
        return new Life(rules, lastGeneration, lastUpgrade, launch, previous, 0, served);
    }

    /** Something else is configured from now on; what serves meanwhile is what one can go back to. */
    Life configured(Launch other) {
        return other.equals(launch)
                ? this
                : new Life(rules, lastGeneration, lastUpgrade, other, Optional.of(launch), failures, served);
    }

    /** What a rollback leads to, or a refusal to whoever asked for one. */
    Step rollback(Phase from, Answer answer, Function<Launch, Step> upgrade) {
        return previous.map(upgrade)
                .orElseGet(
                        () -> from.stay()
                                .then(
                                        new Action.Refuse(
                                                answer,
                                                "there is nothing to go back to: nothing else has served since this supervisor started")));
    }

    /** What is asked for, where an empty command is the present one once more. */
    Launch launch(Launch asked) {
        return asked.command().isEmpty() ? asked.again(launch) : asked;
    }

    /** The rules that come with an upgrade hold from the moment that it is granted. */
    Life ruledBy(Rules others) {
        return new Life(others, lastGeneration, lastUpgrade, launch, previous, failures, served);
    }
}
