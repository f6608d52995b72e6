package dev.baton.kit.micrometer;

import dev.baton.handover.Message;
import dev.baton.handover.Traffic;
import dev.baton.kit.Worker;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/**
 * What a worker counts, for a program that has a registry of its own:
 *
 * <pre>{@code
 * new WorkerMetrics(worker).bindTo(registry);
 * }</pre>
 *
 * <p>The names are those that the supervisor's {@code GET /metrics} has, where they count for all generations together;
 * here they count for this process, and begin anew with the next.
 *
 * <p>Threading: any; nothing is measured but when the registry asks.
 */
public final class WorkerMetrics implements MeterBinder {
    private final Worker worker;

    public WorkerMetrics(Worker worker) {
        this.worker = worker;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("baton.generation", worker, Worker::generation)
                .description("Which generation this process is; 0 without a supervisor")
                .register(registry);
        connections(registry, "active", Message.Progress::active);
        connections(registry, "idle", Message.Progress::idle);
        FunctionCounter.builder(
                        "baton.connections.handed.over",
                        worker,
                        w -> w.progress().handedOver())
                .description("Established connections that moved to the next worker")
                .register(registry);
        FunctionCounter.builder(
                        "baton.connections.accepted", worker, w -> w.traffic().accepted())
                .description("Connections that clients have made")
                .register(registry);
        for (int i = 0; i < Traffic.NONE.statuses().size(); i++) {
            int index = i;
            FunctionCounter.builder(
                            "baton.http.requests",
                            worker,
                            w -> w.traffic().statuses().get(index))
                    .description("Requests that are over, by the class of their responses")
                    .tag("status", Traffic.statusName(index))
                    .register(registry);
        }
        FunctionTimer.builder(
                        "baton.http.request",
                        worker,
                        w -> w.traffic().requests(),
                        w -> w.traffic().micros(),
                        TimeUnit.MICROSECONDS)
                .description("From the end of a request's head to the end of its response")
                .register(registry);
    }

    private void connections(MeterRegistry registry, String state, ToLongFunction<Message.Progress> count) {
        Gauge.builder("baton.connections", worker, w -> count.applyAsLong(w.progress()))
                .description("Connections at this moment")
                .tag("state", state)
                .register(registry);
    }
}
