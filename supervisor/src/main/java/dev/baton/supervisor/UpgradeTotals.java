package dev.baton.supervisor;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * All upgrades that have ended in the life of this supervisor and those before it, however many of them the history has
 * forgotten; and those that were refused, of which it has no record.
 *
 * @param outcomes how many ended so; an outcome that has not occurred is not there
 * @param phases by name
 */
public record UpgradeTotals(Map<Outcome, Long> outcomes, Map<String, Phase> phases) {
    public static final UpgradeTotals NONE = new UpgradeTotals(Map.of(), Map.of());

    /**
     * What a phase took.
     *
     * @param count of how many upgrades it was a part
     * @param sum of all of them together
     * @param longest of the one that took longest
     */
    public record Phase(long count, Duration sum, Duration longest) {
        private Phase and(Phase other) {
            return new Phase(
                    count + other.count,
                    sum.plus(other.sum),
                    longest.compareTo(other.longest) < 0 ? other.longest : longest);
        }
    }

    public UpgradeTotals {
        outcomes = Map.copyOf(outcomes);
        phases = Map.copyOf(phases);
    }

    /** These, and one more that is over. */
    public UpgradeTotals and(UpgradeRecord ended) {
        Map<Outcome, Long> moreOutcomes = new HashMap<>(outcomes);
        moreOutcomes.merge(ended.outcome().orElseThrow(), 1L, Long::sum);
        Map<String, Phase> morePhases = new HashMap<>(phases);
        ended.phases().forEach((name, took) -> morePhases.merge(name, new Phase(1, took, took), Phase::and));
        return new UpgradeTotals(moreOutcomes, morePhases);
    }

    /** These, and one more that never began. */
    public UpgradeTotals andRefused() {
        Map<Outcome, Long> more = new HashMap<>(outcomes);
        more.merge(Outcome.REFUSED, 1L, Long::sum);
        return new UpgradeTotals(more, phases);
    }
}
