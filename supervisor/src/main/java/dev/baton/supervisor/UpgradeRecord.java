package dev.baton.supervisor;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An upgrade, running or over.
 *
 * @param outcome empty while it runs
 * @param from the generation that served before
 * @param to the generation that was to serve
 * @param phases how long each phase took, in order: starting, checking, warming, accepting, baking, draining …
 * @param reason why it failed; empty where it did not
 * @param output the failed worker's last lines; empty where it did not fail
 * @param warmth what the candidate's warm-up came to; empty where it had none, or not yet
 * @param cut connections that the drain's deadline closed
 */
public record UpgradeRecord(
        long id,
        Instant startedAt,
        Optional<Outcome> outcome,
        int from,
        int to,
        Map<String, Duration> phases,
        Optional<String> reason,
        List<String> output,
        Optional<Warmth> warmth,
        List<String> cut) {
    public UpgradeRecord {
        phases = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(phases));
        output = List.copyOf(output);
        cut = List.copyOf(cut);
    }

    /** The same, but for how far its phases have got while it runs. */
    UpgradeRecord untimed() {
        return outcome.isPresent()
                ? this
                : new UpgradeRecord(id, startedAt, outcome, from, to, Map.of(), reason, output, warmth, cut);
    }
}
