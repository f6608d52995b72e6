package dev.baton.kit.jetty;

import dev.baton.handover.Traffic;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/**
 * Counts requests by their responses and by how long they took. It is on the way of every request, so it adds and
 * does nothing else.
 *
 * <p>Threading: any.
 */
final class Recorder {
    private final LongAdder[] statuses = adders(Traffic.NONE.statuses());
    private final LongAdder[] latencies = adders(Traffic.NONE.latencies());
    private final LongAdder nanos = new LongAdder();

    private static LongAdder[] adders(List<Long> likeThese) {
        return Stream.generate(LongAdder::new).limit(likeThese.size()).toArray(LongAdder[]::new);
    }

    /** @param status of the response; 0 where there was none */
    void record(int status, long took) {
        statuses[Traffic.statusIndex(status)].increment();
        latencies[Traffic.latencyIndex(took / 1000)].increment();
        nanos.add(took);
    }

    Traffic traffic(long accepted) {
        return new Traffic(accepted, sums(statuses), sums(latencies), nanos.sum() / 1000);
    }

    private static List<Long> sums(LongAdder[] adders) {
        return Arrays.stream(adders).map(LongAdder::sum).toList();
    }
}
