package dev.baton.supervisor.metrics;

import dev.baton.handover.Traffic;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;

/**
 * What workers have answered, all together: counted by them, so that there is nothing to measure here. Micrometer has
 * no histogram that is told its counts.
 *
 * <p>Threading: any.
 */
final class Requests implements MultiCollector {
    private static final String COUNTER = "baton_http_requests";
    private static final String HISTOGRAM = "baton_http_request_seconds";

    private volatile Traffic traffic = Traffic.NONE;

    /** The figures of this moment; those of an answer that was overtaken by a later one are none. */
    synchronized void are(Traffic now) {
        if (now.requests() >= traffic.requests()) {
            traffic = now;
        }
    }

    @Override
    public MetricSnapshots collect() {
        Traffic now = traffic;
        return MetricSnapshots.of(statuses(now.statuses()), latencies(now));
    }

    private static CounterSnapshot statuses(List<Long> counts) {
        CounterSnapshot.Builder counter = CounterSnapshot.builder()
                .name(COUNTER)
                .help("Requests that are over, as far as workers tell, by the class of their responses");
        for (int i = 0; i < counts.size(); i++) {
            counter.dataPoint(CounterDataPointSnapshot.builder()
                    .labels(Labels.of("status", Traffic.statusName(i)))
                    .value(counts.get(i))
                    .build());
        }
        return counter.build();
    }

    private static HistogramSnapshot latencies(Traffic now) {
        ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
        for (int i = 0; i < now.latencies().size(); i++) {
            double bound = i < Traffic.BOUNDS.size() ? Traffic.BOUNDS.get(i) / 1e6 : Double.POSITIVE_INFINITY;
            buckets.bucket(bound, now.latencies().get(i));
        }
        return HistogramSnapshot.builder()
                .name(HISTOGRAM)
                .help("From the end of a request's head to the end of its response")
                .dataPoint(HistogramDataPointSnapshot.builder()
                        .classicHistogramBuckets(buckets.build())
                        .sum(now.micros() / 1e6)
                        .build())
                .build();
    }
}
