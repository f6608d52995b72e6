package dev.baton.kit.jetty;

import dev.baton.handover.Traffic;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.NanoTime;

/**
 * Counts requests by their responses and by how long they took: a log that is told of each at its end, also of those that
 * no handler has seen. It is on the way of every request, so it adds and does nothing else.
 *
 * <p>Threading: any.
 */
final class Recorder {
    private static final int STATUSES = Traffic.NONE.statuses().size();
    private static final int LATENCIES = Traffic.NONE.latencies().size();

    /** By status and, within it, by latency: one to add to, where two counts are told. */
    private final LongAdder[] requests =
            Stream.generate(LongAdder::new).limit((long) STATUSES * LATENCIES).toArray(LongAdder[]::new);

    private final LongAdder nanos = new LongAdder();

    /**
     * Makes the server tell, beside the log that it has; neither is told what is only rehearsed.
     *
     * @param isRehearsed whether a request is that, whose response has the status for it
     */
    void install(Server server, Predicate<Request> isRehearsed) {
        RequestLog known = server.getRequestLog();
        server.setRequestLog((request, response) -> {
            int status = response.getStatus();
            if (status == DrainRehearsal.STATUS && isRehearsed.test(request)) {
                return;
            }
            if (known != null) {
                known.log(request, response);
            }
            record(status, NanoTime.since(request.getHeadersNanoTime()));
        });
        if (known != null) {
            server.addBean(known); // is started and stopped with the server, as before
        }
    }

    /** @param status of the response; 0 where there was none */
    void record(int status, long took) {
        requests[Traffic.statusIndex(status) * LATENCIES + Traffic.latencyIndex(took / 1000)].increment();
        nanos.add(took);
    }

    Traffic traffic(long accepted) {
        long[] statuses = new long[STATUSES];
        long[] latencies = new long[LATENCIES];
        for (int i = 0; i < requests.length; i++) {
            long count = requests[i].sum();
            statuses[i / LATENCIES] += count;
            latencies[i % LATENCIES] += count;
        }
        return new Traffic(accepted, list(statuses), list(latencies), nanos.sum() / 1000);
    }

    private static List<Long> list(long[] counts) {
        Long[] list = new Long[counts.length];
        Arrays.setAll(list, i -> counts[i]);
        return List.of(list);
    }
}
