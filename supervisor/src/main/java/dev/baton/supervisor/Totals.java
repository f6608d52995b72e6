package dev.baton.supervisor;

import dev.baton.handover.Traffic;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a supervisor has counted that nobody else knows: counters go on from there in the next one. What living workers
 * have counted is not in it, for they tell it again, unless they have said goodbye.
 *
 * @param handedOver by workers that have gone, or said goodbye
 * @param served by these
 * @param restarts of workers that died by themselves
 */
record Totals(long handedOver, Traffic served, UpgradeTotals upgrades, long restarts) {
    static final Totals NONE = new Totals(0, Traffic.NONE, UpgradeTotals.NONE, 0);

    Map<String, Object> write() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("handedOver", counted(handedOver));
        json.put("accepted", counted(served.accepted()));
        json.put("statuses", served.statuses().stream().map(Totals::counted).toList());
        json.put("latencies", served.latencies().stream().map(Totals::counted).toList());
        json.put("micros", counted(served.micros()));
        Map<String, Object> outcomes = new LinkedHashMap<>();
        upgrades.outcomes().forEach((outcome, count) -> outcomes.put(outcome.text(), count));
        json.put("outcomes", outcomes);
        Map<String, Object> phases = new LinkedHashMap<>();
        upgrades.phases().forEach((name, phase) -> phases.put(name, write(phase)));
        json.put("phases", phases);
        json.put("restarts", restarts);
        return json;
    }

    /** A worker's word may be so wrong that a sum is none. */
    private static long counted(long sum) {
        return Math.max(0, sum);
    }

    private static Map<String, Object> write(UpgradeTotals.Phase phase) {
        return Map.of(
                "count", phase.count(),
                "sum", phase.sum().toNanos(),
                "longest", phase.longest().toNanos());
    }

    static Totals read(Fields json) {
        Map<Outcome, Long> outcomes = new HashMap<>();
        json.numberMap("outcomes").forEach((outcome, count) -> outcomes.put(Outcome.of(outcome), count));
        Map<String, UpgradeTotals.Phase> phases = new HashMap<>();
        json.objectMap("phases").forEach((name, phase) -> phases.put(name, phase(phase)));
        return new Totals(
                json.number("handedOver"),
                new Traffic(
                        json.number("accepted"),
                        json.numbers("statuses"),
                        json.numbers("latencies"),
                        json.number("micros")),
                new UpgradeTotals(outcomes, phases),
                json.number("restarts"));
    }

    private static UpgradeTotals.Phase phase(Fields json) {
        return new UpgradeTotals.Phase(
                json.number("count"), Duration.ofNanos(json.number("sum")), Duration.ofNanos(json.number("longest")));
    }
}
