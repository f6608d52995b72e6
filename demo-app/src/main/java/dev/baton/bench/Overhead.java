package dev.baton.bench;

import dev.baton.load.Mode;
import java.io.IOException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a request costs more when its server is supervised. Two JVMs of the same program differ by more than that, as their
 * compilers happened to choose and their threads to meet: so there are many pairs, each with fresh ones, and the mean counts.
 */
final class Overhead implements Section {
    /**
     * What a server that has run for a while costs is asked: after one of them a tenth of the processor time is still the
     * compilers', which go on longer where there is more code; after three they still differ. Connections that stay come
     * first, and have warmed up most of what the others need.
     */
    private static final Map<Mode, Integer> WARM_UPS = new EnumMap<>(Map.of(Mode.KEEPALIVE, 6, Mode.CHURN, 3));

    @Override
    public String name() {
        return "overhead";
    }

    @Override
    public void measure(Course course, Results results) throws IOException, InterruptedException {
        for (int pair = 1; pair <= course.scale().pairs(); pair++) {
            System.err.println("overhead: pair " + pair);
            try (Direct direct = Direct.start(course.stage(), Comparison.DIRECT, course.demo());
                    Supervised supervised = course.supervised(Supervised.How.plain())) {
                String round = Integer.toString(pair);
                for (Mode mode : WARM_UPS.keySet()) {
                    figures(course, mode, pair, direct, supervised).forEach((server, figures) -> {
                        Map<String, String> of =
                                Map.of("server", server.name(), "mode", mode.toString(), "round", round);
                        results.add(new Sample(name(), of, figures));
                    });
                }
            }
        }
    }

    private static Map<Server, Map<String, Double>> figures(
            Course course, Mode mode, int pair, Direct direct, Supervised supervised)
            throws IOException, InterruptedException {
        List<Server> servers = pair % 2 == 0 ? List.of(direct, supervised) : List.of(supervised, direct);
        for (int time = 0; time < WARM_UPS.get(mode); time++) {
            for (Server server : servers) { // whoever is first has more time to compile what it has learnt
                course.warmUp(mode, server);
            }
        }
        Map<Server, List<Long>> pids = Map.of(
                direct, List.of(direct.pid()), supervised, List.of(supervised.worker("active"), supervised.pid()));
        Map<Server, Double> before = cpu(pids);
        Map<Server, Map<String, Double>> taken = Turns.taken(course, mode, servers, pair);
        Map<Server, Double> after = cpu(pids);
        taken.forEach((server, figures) ->
                figures.put("cpuMicros", 1e3 * (after.get(server) - before.get(server)) / figures.get("ok")));
        return taken;
    }

    /** How long all processes of each have had a processor so far, in milliseconds; between their turns they do next to nothing. */
    private static Map<Server, Double> cpu(Map<Server, List<Long>> pids) throws IOException {
        Map<Server, Double> cpu = new HashMap<>();
        for (Map.Entry<Server, List<Long>> of : pids.entrySet()) {
            for (long pid : of.getValue()) {
                cpu.merge(of.getKey(), Reading.millis(Machine.processorTime(pid)), Double::sum);
            }
        }
        return cpu;
    }

    @Override
    public String tables(Results results) {
        Samples all = results.of(name());
        Table table = new Table(
                2,
                "load",
                "as fast as the answers come",
                "direct",
                "Baton",
                ": direct, in each of " + all.values("round").size() + " pairs",
                "mean ± its standard error");
        for (String mode : all.values("mode")) {
            Samples of = all.of("mode", mode);
            row(table, mode, "requests a second", "perSecond", 0, of);
            row(table, mode, "processor time for each, the supervisor's included, µs", "cpuMicros", 2, of);
        }
        return "### What a request costs more\n\n" + table;
    }

    private static void row(Table table, String mode, String title, String figure, int decimals, Samples all) {
        Samples direct = all.of("server", Comparison.DIRECT);
        Samples baton = all.of("server", Supervised.How.plain().name());
        Spread ratios = baton.ratios(figure, direct);
        table.row(
                mode,
                title,
                direct.spread(figure).text(decimals),
                baton.spread(figure).text(decimals),
                ratios.text(3),
                ratios.mean(3));
    }
}
