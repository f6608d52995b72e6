package dev.baton.load;

import java.time.Duration;
import org.HdrHistogram.Histogram;

/**
 * How long the good answers took.
 *
 * @param p50 half of them no longer than this
 * @param p90 of ten, nine
 * @param p99 of a hundred, ninety-nine
 * @param p999 of a thousand, all but one
 * @param max the longest
 */
public record Latency(Duration p50, Duration p90, Duration p99, Duration p999, Duration max) {
    static Latency of(Histogram nanos) {
        return new Latency(
                at(nanos, 50), at(nanos, 90), at(nanos, 99), at(nanos, 99.9), Duration.ofNanos(nanos.getMaxValue()));
    }

    private static Duration at(Histogram nanos, double percentile) {
        return Duration.ofNanos(nanos.getValueAtPercentile(percentile));
    }
}
