package dev.baton.supervisor.metrics;

import dev.baton.supervisor.Outcome;
import dev.baton.supervisor.Status;
import dev.baton.supervisor.Status.ListenerState;
import dev.baton.supervisor.Status.Role;
import dev.baton.supervisor.Status.WorkerState;
import dev.baton.supervisor.UpgradeTotals;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One scrape for all generations. Whoever leaves takes its gauges along, and no counter with it: those are of the
 * supervisor, and only grow as long as it runs.
 *
 * <p>Nothing is measured between two scrapes; each reads what the supervisor knows anyway.
 *
 * <p>Threading: any; one scrape at a time.
 */
public final class Scrape {
    private static final String OPEN_METRICS = "application/openmetrics-text";
    private static final String OPEN_METRICS_TYPE = OPEN_METRICS + ";version=1.0.0;charset=utf-8";
    private static final String PLAIN_TYPE = "text/plain;version=0.0.4;charset=utf-8";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final AtomicLong generation = gauge("baton.generation", "The generation that is to serve; 0 where none is");
    private final AtomicLong restarts = counter(
            "baton.worker.restarts", "Workers that died, or could not start, and were started anew", Tags.empty());
    private final AtomicLong handedOver = counter(
            "baton.connections.handed.over", "Established connections that moved to the next worker", Tags.empty());
    private final MultiGauge connections = MultiGauge.builder("baton.worker.connections")
            .description("Connections of each worker that lives")
            .register(registry);
    private final MultiGauge queued = MultiGauge.builder("baton.listener.queued")
            .description("Connections that wait to be accepted")
            .register(registry);
    private final AtomicLong accepted = counter(
            "baton.connections.accepted", "Connections that clients have made, as far as workers tell", Tags.empty());
    private final Requests requests = new Requests();
    private final Map<String, AtomicLong> dropped = new HashMap<>();
    private final Map<Outcome, AtomicLong> upgrades = new EnumMap<>(Outcome.class);
    private final Map<String, AtomicReference<UpgradeTotals.Phase>> phases = new HashMap<>();

    /** What goes back to the scraper. */
    public record Text(String type, String body) {}

    public Scrape() {
        for (Outcome outcome : Outcome.values()) {
            upgrades.put(
                    outcome,
                    counter(
                            "baton.upgrades",
                            "Upgrades that are over, or were refused",
                            Tags.of("outcome", outcome.text())));
        }
        registry.getPrometheusRegistry().register(requests);
        new ClassLoaderMetrics().bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
    }

    /**
     * The figures of this moment.
     *
     * @param totals the upgrades that are over
     * @param accept what the scraper can read: Prometheus text, or OpenMetrics if it says so
     */
    public synchronized Text text(Status status, UpgradeTotals totals, String accept) {
        generation.set(status.workers().stream()
                .filter(worker -> worker.role() == Role.ACTIVE)
                .mapToLong(WorkerState::generation)
                .max()
                .orElse(0));
        grow(restarts, status.restarts().total());
        grow(handedOver, status.handedOver());
        grow(accepted, status.traffic().accepted());
        requests.are(status.traffic());
        connections.register(
                status.workers().stream()
                        .flatMap(worker -> rows(worker).stream())
                        .toList(),
                true);
        queued.register(
                status.listeners().stream()
                        .map(listener -> Row.of(listenerTag(listener), listener.queued()))
                        .toList(),
                true);
        status.listeners().forEach(listener -> grow(dropped(listener), listener.dropped()));
        totals.outcomes().forEach((outcome, count) -> grow(upgrades.get(outcome), count));
        totals.phases().forEach((phase, figures) -> phase(phase).accumulateAndGet(figures, Scrape::later));
        String type = accept.contains(OPEN_METRICS) ? OPEN_METRICS_TYPE : PLAIN_TYPE;
        return new Text(type, registry.scrape(type));
    }

    private static List<Row<Number>> rows(WorkerState worker) {
        List<Row<Number>> rows = new ArrayList<>();
        Map.of("active", worker.active(), "idle", worker.idle(), "handed-over", worker.handedOver())
                .forEach((state, count) -> rows.add(Row.of(
                        Tags.of("generation", String.valueOf(worker.generation()), "state", state), (Number) count)));
        return rows;
    }

    private static Tags listenerTag(ListenerState listener) {
        return Tags.of("listener", listener.spec().name());
    }

    private AtomicLong dropped(ListenerState listener) {
        return dropped.computeIfAbsent(
                listener.spec().name(),
                any -> counter(
                        "baton.listener.dropped",
                        "Connections that found the queue full; the kernel counts them for all TCP listeners together",
                        listenerTag(listener)));
    }

    // ---- upgrades ----

    private AtomicReference<UpgradeTotals.Phase> phase(String name) {
        return phases.computeIfAbsent(name, any -> {
            AtomicReference<UpgradeTotals.Phase> figures =
                    new AtomicReference<>(new UpgradeTotals.Phase(0, Duration.ZERO, Duration.ZERO));
            FunctionTimer.builder(
                            "baton.upgrade.phase",
                            figures,
                            now -> now.get().count(),
                            now -> now.get().sum().toNanos(),
                            TimeUnit.NANOSECONDS)
                    .description("How long each phase of an upgrade took")
                    .tag("phase", name)
                    .register(registry);
            Gauge.builder(
                            "baton.upgrade.phase.seconds.max",
                            figures,
                            now -> now.get().longest().toNanos() / 1e9)
                    .description("How long each phase of an upgrade took at most")
                    .tag("phase", name)
                    .register(registry);
            return figures;
        });
    }

    /** Of two answers that may have overtaken each other. */
    private static UpgradeTotals.Phase later(UpgradeTotals.Phase one, UpgradeTotals.Phase other) {
        return one.count() < other.count() ? other : one;
    }

    // ---- meters that are told their value ----

    private AtomicLong gauge(String name, String description) {
        AtomicLong value = new AtomicLong();
        Gauge.builder(name, value, AtomicLong::get).description(description).register(registry);
        return value;
    }

    private AtomicLong counter(String name, String description, Tags tags) {
        AtomicLong value = new AtomicLong();
        FunctionCounter.builder(name, value, AtomicLong::get)
                .description(description)
                .tags(tags)
                .register((MeterRegistry) registry);
        return value;
    }

    /** A worker's word may be wrong, and two answers may overtake each other; a counter goes on from the highest. */
    private static void grow(AtomicLong counter, long now) {
        counter.accumulateAndGet(now, Math::max);
    }
}
