package dev.baton.bench;

import dev.baton.load.Answers;
import dev.baton.load.Counts;
import dev.baton.load.Load;
import dev.baton.load.LoadPlan;
import dev.baton.load.LoadReport;
import dev.baton.load.LoadRun;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What the clients saw of a server, while it was left in peace or upgraded. */
record Reading(LoadReport report, List<Mark> upgrades) {
    /** As fine as the picture. */
    static final Duration SLICE = Duration.ofMillis(100);

    /** Load for as long as the plan says, or longer, until the last upgrade is over; they are spread evenly over it. */
    static Reading during(LoadPlan plan, Server server, int upgrades) throws IOException, InterruptedException {
        long start = System.nanoTime();
        List<Mark> marks = new ArrayList<>();
        try (LoadRun run = Load.start(plan.withDuration(Duration.ZERO).withResolution(SLICE))) {
            for (int i = 0; i < upgrades; i++) {
                sleepUntil(start + plan.duration().toNanos() * (1 + 3 * i) / (3L * upgrades + 1));
                marks.add(upgrade(server, start));
            }
            sleepUntil(start + plan.duration().toNanos());
            return new Reading(run.stop(), marks);
        }
    }

    /** Load for that long before, during, and for that long after one upgrade. */
    static Reading around(LoadPlan plan, Server server, Duration rest) throws IOException, InterruptedException {
        return around(plan, server, rest, Answers.UNHEARD);
    }

    /** The same, while somebody is told of each answer. */
    static Reading around(LoadPlan plan, Server server, Duration rest, Answers answers)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        try (LoadRun run = Load.start(plan.withResolution(SLICE), answers)) {
            TimeUnit.NANOSECONDS.sleep(rest.toNanos());
            Mark mark = upgrade(server, start);
            TimeUnit.NANOSECONDS.sleep(rest.toNanos());
            return new Reading(run.stop(), List.of(mark));
        }
    }

    private static void sleepUntil(long nanoTime) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(nanoTime - System.nanoTime());
    }

    private static Mark upgrade(Server server, long start) throws IOException, InterruptedException {
        Duration from = Duration.ofNanos(System.nanoTime() - start);
        Map<String, Duration> phases = server.upgrade();
        return new Mark(from, Duration.ofNanos(System.nanoTime() - start), phases);
    }

    /** Of several as if they were one: what happened is added up, how fast it went averaged. */
    static Map<String, Double> together(List<Reading> readings) {
        Map<String, Double> together = new LinkedHashMap<>();
        for (Reading reading : readings) {
            reading.figures().forEach((name, value) -> together.merge(name, value, Double::sum));
        }
        together.computeIfPresent("perSecond", (name, sum) -> sum / readings.size());
        List.of("p50", "p99", "p999", "max", "silence", "seconds").forEach(together::remove);
        return together;
    }

    Map<String, Double> figures() {
        Counts counts = report.counts();
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("perSecond", report.perSecond());
        figures.put("p50", millis(report.latency().p50()));
        figures.put("p99", millis(report.latency().p99()));
        figures.put("p999", millis(report.latency().p999()));
        figures.put("max", millis(report.latency().max()));
        figures.put("silence", millis(report.silence()));
        figures.put("ok", (double) counts.ok());
        figures.put("refused", (double) counts.refused());
        figures.put("broken", (double) (counts.broken() - counts.refused()));
        figures.put("reconnects", (double) counts.reconnects());
        figures.put("ownTrouble", (double) counts.ownTrouble());
        figures.put("seconds", millis(report.elapsed()) / 1e3);
        if (!upgrades.isEmpty()) {
            figures.put(
                    "upgrade",
                    upgrades.stream()
                            .mapToDouble(mark -> millis(mark.to().minus(mark.from())))
                            .average()
                            .orElseThrow());
        }
        return figures;
    }

    static double millis(Duration duration) {
        return duration.toNanos() / 1e6;
    }
}
