package dev.baton.supervisor;

import java.util.List;
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
        return new Life(rules, lastGeneration, lastUpgrade, other, Optional.of(launch), failures, served);
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

    /** What a request means here: an empty command is the present one once more. */
    Launch launch(Request request) {
        List<String> command = request.command().isEmpty() ? launch.command() : request.command();
        return new Launch(
                command,
                request.environment(),
                request.directory(),
                request.wrap().orElse(launch.wrap()),
                request.listeners().orElse(launch.listeners()),
                request.check(),
                request.warmUp(),
                request.readyAfter());
    }

    /** The rules that come with a request hold from the moment that it is granted. */
    Life ruledBy(Request request) {
        return new Life(request.rules().orElse(rules), lastGeneration, lastUpgrade, launch, previous, failures, served);
    }
}
