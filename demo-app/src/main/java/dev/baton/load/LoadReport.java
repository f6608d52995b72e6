package dev.baton.load;

import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a run has seen, or has seen so far.
 *
 * @param plan what was asked for
 * @param elapsed since its start
 * @param counts what happened
 * @param latency of the good answers
 * @param silence the longest time in which no good answer came to any client
 * @param answerers how many answers came from whom, by generation; empty where the server does not say
 * @param timeline in slices as long as the plan says, the last of which may be shorter
 * @param failures the first few of them, in order
 */
public record LoadReport(
        LoadPlan plan,
        Duration elapsed,
        Counts counts,
        Latency latency,
        Duration silence,
        SortedMap<Answerer, Long> answerers,
        List<Slice> timeline,
        List<Failure> failures) {

    /** Good answers a second. */
    public double perSecond() {
        return elapsed.isZero() ? 0 : counts.ok() * 1e9 / elapsed.toNanos();
    }

    /** How many answers each generation gave. */
    public SortedMap<Integer, Long> generations() {
        SortedMap<Integer, Long> result = new TreeMap<>();
        answerers.forEach((answerer, count) -> result.merge(answerer.generation(), count, Long::sum));
        return result;
    }

    /** The report for people. */
    @Override
    public String toString() {
        return ReportTable.of(List.of(this));
    }
}
