package dev.baton.bench;

import dev.baton.load.Load;
import dev.baton.load.LoadPlan;
import dev.baton.load.LoadRun;
import dev.baton.load.Mode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Where the time of an upgrade goes, and what clients notice of the moment in which listeners change hands. */
final class Phases implements Section {
    private static final Duration BAKE = Duration.ofMillis(500);
    private static final int AT_MOST = 500;

    /** One start of a JVM differs from the next by more than what is asked for. */
    private static final int TIMES = 3;

    @Override
    public String name() {
        return "phases";
    }

    @Override
    public void measure(Course course, Results results) throws IOException, InterruptedException {
        measure(course, results, Supervised.How.plain().baking(BAKE));
        measure(course, results, Supervised.How.plain().cached().baking(BAKE));
        measure(course, results, course.warm().baking(BAKE));
    }

    private void measure(Course course, Results results, Supervised.How how) throws IOException, InterruptedException {
        System.err.println("phases: " + how.name());
        try (Supervised server = course.supervised(how)) {
            // Each with a new connection: clients who keep theirs do not meet a listener.
            LoadPlan plan = course.load(Mode.CHURN, server, Duration.ZERO).withAtMost(AT_MOST);
            for (int repeat = 1; repeat <= TIMES * course.scale().repeats(); repeat++) {
                Waits waits = new Waits();
                Duration alone = alone(course, plan);
                Reading reading = Reading.around(plan, server, course.scale().rest(), waits);
                Map<String, Double> figures = reading.figures();
                figures.putAll(new Breakdown(reading.upgrades().get(0), BAKE).figures(alone));
                figures.put("whileMoved", waits.longestDuring(server.move()));
                results.add(new Sample(name(), Map.of("server", server.name()), figures));
            }
        }
    }

    /** How long the same command takes to start by itself, beside a server under the same load, until it says that it listens. */
    private static Duration alone(Course course, LoadPlan plan) throws IOException, InterruptedException {
        LoadRun run = Load.start(plan);
        try {
            TimeUnit.NANOSECONDS.sleep(course.scale().rest().toNanos());
            long start = System.nanoTime();
            Direct another = Direct.start(course.stage(), Comparison.DIRECT, course.demo());
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            another.close();
            return took;
        } finally {
            run.stop();
        }
    }

    @Override
    public String tables(Results results) {
        Samples all = results.of(name());
        List<String> phases = Breakdown.PHASES.stream()
                .filter(phase ->
                        all.all().stream().anyMatch(sample -> sample.figures().containsKey(phase)))
                .toList();
        List<String> titles = new ArrayList<>(List.of("server", "whole"));
        titles.addAll(phases);
        titles.addAll(List.of(
                "the same start alone",
                "what Baton adds to it",
                "Baton's own share",
                "of it after the start",
                "longest wait while listeners moved",
                "refused or broken"));
        Table table = new Table(1, titles.toArray(String[]::new));
        for (String server : all.values("server")) {
            Samples of = all.of("server", server);
            List<String> cells =
                    new ArrayList<>(List.of(server, of.spread("whole").text(0)));
            phases.forEach(phase -> cells.add(of.spread(phase).text(0)));
            for (String figure : List.of("alone", "surcharge", "own", "afterStart")) {
                cells.add(of.spread(figure).text(0));
            }
            cells.add(of.spread("whileMoved").text(0));
            cells.add("%.0f".formatted(of.sum("refused") + of.sum("broken")));
            table.row(cells.toArray(String[]::new));
        }
        return """
            ### An upgrade by phase

            At most %d requests a second, a connection each; a bake of %d ms. Baton's own share is the whole less the same command's start alone under the same load, warm-up and bake.

            """.formatted(AT_MOST, BAKE.toMillis()) + table;
    }
}
