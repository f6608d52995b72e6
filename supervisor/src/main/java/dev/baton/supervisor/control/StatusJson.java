package dev.baton.supervisor.control;

import dev.baton.handover.Traffic;
import dev.baton.supervisor.Outcome;
import dev.baton.supervisor.Status;
import dev.baton.supervisor.Transition;
import dev.baton.supervisor.UpgradeRecord;
import dev.baton.supervisor.Warmth;
import dev.baton.supervisor.config.Version;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The supervisor's facts in the shapes that the contract promises, member by member and in its order. */
final class StatusJson {
    private StatusJson() {}

    static Map<String, Object> of(Status status, long pid) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("app", status.app());
        json.put("phase", status.phase());
        json.put("supervisor", supervisor(status, pid));
        json.put(
                "listeners",
                status.listeners().stream().map(StatusJson::listener).toList());
        json.put("workers", status.workers().stream().map(StatusJson::worker).toList());
        json.put("lastUpgrade", status.last().map(StatusJson::outcomeOf).orElse(null));
        return json;
    }

    /**
     * A transition as an event, which is complete in itself: whoever missed one learns from the next where all stand.
     * The lines that workers left, which do not change with it, are the upgrade's own: a thousand events are kept.
     */
    static Map<String, Object> of(Transition transition, long id) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", id);
        json.put("at", time(transition.at()));
        json.put("app", transition.app());
        json.put("from", transition.from());
        json.put("to", transition.to());
        json.put(
                "workers", transition.workers().stream().map(StatusJson::worker).toList());
        json.put("upgrade", transition.upgrade().map(StatusJson::withoutLines).orElse(null));
        return json;
    }

    private static Map<String, Object> withoutLines(UpgradeRecord upgrade) {
        Map<String, Object> json = of(upgrade);
        json.keySet().removeAll(List.of("output", "cut"));
        return json;
    }

    private static Map<String, Object> supervisor(Status status, long pid) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("pid", pid);
        json.put("version", Version.current().baton());
        json.put("startedAt", time(status.startedAt()));
        json.put("restarts", restarts(status.restarts()));
        return json;
    }

    private static Map<String, Object> restarts(Status.Restarts restarts) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("total", restarts.total());
        json.put("inARow", restarts.inARow());
        json.put("reason", restarts.reason().orElse(null));
        json.put("next", restarts.next().map(StatusJson::time).orElse(null));
        return json;
    }

    private static Map<String, Object> listener(Status.ListenerState listener) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", listener.spec().name());
        json.put("address", listener.spec().address().text());
        json.put("backlog", listener.spec().backlog());
        json.put("queued", listener.queued());
        json.put("dropped", listener.dropped());
        return json;
    }

    private static Map<String, Object> worker(Status.WorkerState worker) {
        Map<String, Object> connections = new LinkedHashMap<>();
        connections.put("active", worker.active());
        connections.put("idle", worker.idle());
        connections.put("handedOver", worker.handedOver());
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("generation", worker.generation());
        json.put("role", worker.role().text());
        json.put("pid", worker.pid());
        json.put("startedAt", time(worker.startedAt()));
        json.put("command", worker.command());
        json.put("connections", connections);
        json.put("park", worker.park());
        if (worker.traffic().requests() > 0) {
            json.put("requests", requests(worker.traffic()));
        }
        worker.text().ifPresent(text -> json.put("text", text));
        if (!worker.unsupervised().isEmpty()) {
            json.put("unsupervised", worker.unsupervised());
        }
        return json;
    }

    private static Map<String, Object> outcomeOf(UpgradeRecord upgrade) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", upgrade.id());
        json.put("outcome", upgrade.outcome().map(Outcome::text).orElse(null));
        json.put("from", upgrade.from());
        json.put("to", upgrade.to());
        json.put("phases", phases(upgrade.phases()));
        json.put("reason", upgrade.reason().orElse(null));
        json.put("output", upgrade.output());
        return json;
    }

    /**
     * An upgrade as a resource of its own: what {@code lastUpgrade} says, and when it began, what it is doing, what
     * its warm-up came to, and whose connections the drain's deadline cut.
     */
    static Map<String, Object> of(UpgradeRecord upgrade) {
        Map<String, Object> json = outcomeOf(upgrade);
        json.put("phase", phase(upgrade));
        json.put("startedAt", time(upgrade.startedAt()));
        json.put("cut", upgrade.cut());
        upgrade.warmth().ifPresent(warmth -> json.put("warmUp", warmUp(warmth)));
        return json;
    }

    /** What has been answered, as far as the worker's kit counts that: figures that only grow. */
    private static Map<String, Object> requests(Traffic traffic) {
        Map<String, Object> statuses = new LinkedHashMap<>();
        for (int i = 0; i < traffic.statuses().size(); i++) {
            if (traffic.statuses().get(i) > 0) {
                statuses.put(Traffic.statusName(i), traffic.statuses().get(i));
            }
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("count", traffic.requests());
        json.put("statuses", statuses);
        json.put("micros", traffic.micros());
        json.put("upToMicros", Traffic.BOUNDS);
        json.put("latencies", traffic.latencies());
        return json;
    }

    private static Map<String, Object> warmUp(Warmth warmth) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("end", warmth.end().text());
        json.put("answered", warmth.answered());
        json.put("errors", warmth.errors());
        json.put("failed", warmth.failed());
        json.put("firstMicros", warmth.first().map(StatusJson::micros).orElse(null));
        json.put("lastMicros", warmth.last().map(StatusJson::micros).orElse(null));
        json.put("trouble", warmth.trouble().orElse(null));
        return json;
    }

    private static long micros(Duration time) {
        return time.toNanos() / 1000;
    }

    /** What it is doing: the phase that it entered last; null once it is over. */
    static String phase(UpgradeRecord upgrade) {
        return upgrade.outcome().isPresent()
                ? null
                : upgrade.phases().keySet().stream()
                        .reduce((first, second) -> second)
                        .orElse("starting");
    }

    private static Map<String, Object> phases(Map<String, Duration> phases) {
        Map<String, Object> json = new LinkedHashMap<>();
        phases.forEach((phase, duration) -> json.put(phase, duration.toMillis()));
        return json;
    }

    private static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.MILLIS).toString();
    }
}
