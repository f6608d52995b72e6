package dev.baton.load;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** Reports as a table: a line for each mode, below it who answered and what went wrong first. */
public final class ReportTable {
    private static final int FAILURES_SHOWN = 5;
    private static final String ROW = "%-10s %5s %10s %9s %8s %7s %7s %8s %6s %9s %10s %8s %8s %8s %8s %8s%n";

    private ReportTable() {}

    /** The table, with a line break at its end. */
    public static String of(List<LoadReport> reports) {
        StringBuilder text = new StringBuilder();
        row(
                text,
                "mode",
                "conns",
                "ok",
                "ok/s",
                "refused",
                "closed",
                "cut off",
                "not 2xx",
                "wrong",
                "timed out",
                "reconnects",
                "p50",
                "p90",
                "p99",
                "p99.9",
                "max");
        reports.forEach(report -> row(text, report));
        for (LoadReport report : reports) {
            answerers(text, report);
            failures(text, report);
        }
        return text.toString();
    }

    private static void row(StringBuilder text, LoadReport report) {
        Counts counts = report.counts();
        Latency latency = report.latency();
        row(
                text,
                report.plan().mode(),
                report.plan().connections(),
                counts.ok(),
                Math.round(report.perSecond()),
                counts.refused(),
                counts.closed(),
                counts.cut(),
                counts.not2xx(),
                counts.wrong(),
                counts.timedOut(),
                counts.reconnects(),
                millis(latency.p50()),
                millis(latency.p90()),
                millis(latency.p99()),
                millis(latency.p999()),
                millis(latency.max()));
    }

    private static void row(StringBuilder text, Object... cells) {
        text.append(ROW.formatted(cells));
    }

    private static String millis(Duration latency) {
        double millis = latency.toNanos() / 1e6;
        return String.format(Locale.ROOT, millis < 10 ? "%.2fms" : "%.0fms", millis);
    }

    private static void answerers(StringBuilder text, LoadReport report) {
        if (!report.answerers().isEmpty()) {
            text.append(report.plan().mode()).append(" was answered by");
            report.answerers()
                    .forEach((who, count) ->
                            text.append("  ").append(who).append(": ").append(count));
            text.append(System.lineSeparator());
        }
    }

    private static void failures(StringBuilder text, LoadReport report) {
        Counts counts = report.counts();
        if (counts.ownTrouble() > 0) {
            text.append("%s: %d requests were not sent, by the load client's own trouble%n"
                    .formatted(report.plan().mode(), counts.ownTrouble()));
        }
        report.failures().stream()
                .limit(FAILURES_SHOWN)
                .forEach(failure ->
                        text.append("%s at %s%n".formatted(report.plan().mode(), failure)));
    }
}
