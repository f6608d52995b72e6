package dev.baton.load;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Reports as JSON, for programs. Latencies are in microseconds. */
public final class ReportJson {
    private ReportJson() {}

    /** One object: whether nothing broke, and every run. */
    public static String of(List<LoadReport> reports) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put(
                "broken", reports.stream().mapToLong(r -> r.counts().broken()).sum());
        object.put("runs", reports.stream().map(ReportJson::run).toList());
        return json(object);
    }

    private static Map<String, Object> run(LoadReport report) {
        Map<String, Object> object = new LinkedHashMap<>();
        InetSocketAddress target = report.plan().target();
        object.put("mode", report.plan().mode().toString());
        object.put("target", target.getHostString() + ":" + target.getPort());
        object.put("connections", report.plan().connections());
        object.put("seconds", report.elapsed().toMillis() / 1e3);
        object.put("okPerSecond", Math.round(report.perSecond()));
        object.put("broken", report.counts().broken());
        object.put("counts", counts(report.counts()));
        object.put("latencyMicros", latency(report.latency()));
        object.put("silenceMicros", micros(report.silence()));
        Map<String, Object> answerers = new LinkedHashMap<>();
        report.answerers().forEach((who, count) -> answerers.put(who.toString(), count));
        object.put("answerers", answerers);
        object.put("timeline", report.timeline().stream().map(ReportJson::slice).toList());
        object.put("failures", report.failures().stream().map(Failure::toString).toList());
        return object;
    }

    private static Map<String, Object> counts(Counts counts) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("ok", counts.ok());
        object.put("refused", counts.refused());
        object.put("closed", counts.closed());
        object.put("cut", counts.cut());
        object.put("not2xx", counts.not2xx());
        object.put("wrong", counts.wrong());
        object.put("timedOut", counts.timedOut());
        object.put("reconnects", counts.reconnects());
        object.put("ownTrouble", counts.ownTrouble());
        return object;
    }

    private static Map<String, Object> latency(Latency latency) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("p50", micros(latency.p50()));
        object.put("p90", micros(latency.p90()));
        object.put("p99", micros(latency.p99()));
        object.put("p999", micros(latency.p999()));
        object.put("max", micros(latency.max()));
        return object;
    }

    private static Map<String, Object> slice(Slice slice) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("second", slice.start().toMillis() / 1e3);
        object.put("ok", slice.ok());
        object.put("broken", slice.broken());
        object.put("p50Micros", micros(slice.p50()));
        object.put("p99Micros", micros(slice.p99()));
        object.put("maxMicros", micros(slice.max()));
        return object;
    }

    private static long micros(Duration duration) {
        return duration.toNanos() / 1_000;
    }

    private static String json(Object value) {
        if (value instanceof Map<?, ?> object) {
            return object.entrySet().stream()
                    .map(entry -> string(entry.getKey()) + ": " + json(entry.getValue()))
                    .collect(Collectors.joining(", ", "{", "}"));
        }
        if (value instanceof List<?> array) {
            return array.stream().map(ReportJson::json).collect(Collectors.joining(", ", "[", "]"));
        }
        return value instanceof Number ? value.toString() : string(value);
    }

    private static String string(Object value) {
        return value.toString()
                .chars()
                .mapToObj(c -> c == '"' || c == '\\'
                        ? "\\" + (char) c
                        : c < ' ' ? "\\u%04x".formatted(c) : Character.toString(c))
                .collect(Collectors.joining("", "\"", "\""));
    }
}
