package dev.baton.load;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** What the viewer of the demonstration sees: a table in place on a terminal, a line now and then elsewhere. */
final class ShowTable {
    private static final long LINE_EVERY_NANOS = Duration.ofSeconds(2).toNanos();

    /** Of the narrowest terminal that is usual, less one: a line that wrapped would not be erased. */
    private static final int WIDTH = 79;

    private static final int GENERATIONS = 5;

    private final PrintStream out;
    private final boolean live;
    private List<String> shown = List.of();
    private long lastLine = System.nanoTime() - LINE_EVERY_NANOS;

    ShowTable(PrintStream out, boolean live) {
        this.out = out;
        this.live = live;
    }

    /** A line that stays, above the table. */
    synchronized void say(String text) {
        erase();
        out.println(text);
        print(shown);
    }

    synchronized void draw(String title, List<LoadReport> reports) {
        if (live) {
            erase();
            print(table(title, reports));
        } else if (System.nanoTime() - lastLine >= LINE_EVERY_NANOS) {
            lastLine = System.nanoTime();
            out.println(summary(title, reports));
        }
    }

    private void print(List<String> lines) {
        lines.forEach(out::println);
        out.flush();
        shown = lines;
    }

    private void erase() {
        if (!shown.isEmpty()) {
            out.print("\033[" + shown.size() + "A\033[J");
        }
    }

    private static List<String> table(String title, List<LoadReport> reports) {
        List<String> lines = new ArrayList<>();
        lines.add("");
        lines.add(String.format(
                "%-10s %8s %10s %8s %7s %10s %9s",
                title, "clients", "requests", "per s", "broken", "reconnects", "p99 ms"));
        for (LoadReport report : reports) {
            lines.add(row(report));
        }
        lines.add("");
        lines.add("answers by generation: " + generations(reports));
        lines.replaceAll(line -> line.substring(0, Math.min(line.length(), WIDTH)));
        return lines;
    }

    private static String row(LoadReport report) {
        Counts counts = report.counts();
        return String.format(
                Locale.ROOT,
                "%-10s %8d %10d %8.0f %7d %10d %9.1f",
                report.plan().mode(),
                report.plan().connections(),
                counts.ok(),
                report.perSecond(),
                counts.broken(),
                counts.reconnects(),
                report.latency().p99().toNanos() / 1e6);
    }

    private static String generations(List<LoadReport> reports) {
        SortedMap<Integer, Long> all = new TreeMap<>();
        reports.forEach(report -> report.generations().forEach((generation, n) -> all.merge(generation, n, Long::sum)));
        return (all.size() > GENERATIONS ? "… " : "")
                + all.entrySet().stream()
                        .skip(Math.max(0, all.size() - GENERATIONS))
                        .map(entry -> entry.getKey() + ":" + entry.getValue())
                        .collect(Collectors.joining(" "));
    }

    private static String summary(String title, List<LoadReport> reports) {
        return String.format(
                "%-10s requests=%d broken=%d reconnects=%d",
                title, sum(reports, Counts::ok), sum(reports, Counts::broken), sum(reports, Counts::reconnects));
    }

    /**
     * The end of it, in plain words; true if nothing broke.
     *
     * @param shortfall what else there is to say against it
     */
    synchronized boolean verdict(List<LoadReport> reports, int upgraded, int failed, Optional<String> shortfall) {
        shown = List.of();
        if (!live) {
            table("over", reports).forEach(out::println);
        }
        out.println();
        reports.forEach(report -> report.failures().stream().limit(3).forEach(failure -> out.println("  " + failure)));
        long trouble = sum(reports, Counts::ownTrouble);
        boolean good = failed == 0
                && trouble == 0
                && shortfall.isEmpty()
                && reports.stream().allMatch(report -> report.counts().clean());
        out.printf(
                "%s: %d upgrades, %d requests, %d refused or broken, %d reconnects.%n",
                good ? "Nothing broke" : "SOMETHING BROKE",
                upgraded,
                sum(reports, Counts::ok),
                sum(reports, Counts::broken),
                sum(reports, Counts::reconnects));
        shortfall.ifPresent(out::println);
        if (failed > 0) {
            out.println(failed + " upgrades failed.");
        }
        if (trouble > 0) {
            out.println("The load client itself could not send " + trouble + " requests; see above.");
        }
        return good;
    }

    private static long sum(List<LoadReport> reports, ToLongFunction<Counts> what) {
        return reports.stream().map(LoadReport::counts).mapToLong(what).sum();
    }
}
