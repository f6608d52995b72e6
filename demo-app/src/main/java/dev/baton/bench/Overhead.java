package dev.baton.bench;

import dev.baton.load.Mode;
import java.io.IOException;
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
     * compilers', which go on longer where there is more code; after three they still differ.
     */
    private static final int WARM_UPS = 6;

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
                figures(course, pair, direct, supervised)
                        .forEach((server, figures) -> results.add(
                                new Sample(name(), Map.of("server", server.name(), "round", round), figures)));
            }
        }
    }

    private static Map<Server, Map<String, Double>> figures(
            Course course, int pair, Direct direct, Supervised supervised) throws IOException, InterruptedException {
        List<Server> servers = pair % 2 == 0 ? List.of(direct, supervised) : List.of(supervised, direct);
        for (int time = 0; time < WARM_UPS; time++) {
            for (Server server : servers) { // whoever is first has more time to compile what it has learnt
                course.warmUp(Mode.KEEPALIVE, server);
            }
        }
        Map<Server, List<Long>> pids = Map.of(
                direct, List.of(direct.pid()), supervised, List.of(supervised.worker("active"), supervised.pid()));
        Map<Server, Double> before = cpu(pids);
        Map<Server, Map<String, Double>> taken = Turns.taken(course, Mode.KEEPALIVE, servers, pair);
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
        if (all.isEmpty()) {
            return "";
        }
        Samples direct = all.of("server", Comparison.DIRECT);
        Samples baton = all.of("server", Supervised.How.plain().name());
        Table table = new Table(
                1,
                "connections that stay, as fast as the answers come",
                "direct",
                "Baton",
                ": direct, in each of " + all.values("round").size() + " pairs",
                "mean ± its standard error");
        row(table, "requests a second", "perSecond", 0, direct, baton);
        row(table, "processor time for each, the supervisor's included, µs", "cpuMicros", 2, direct, baton);
        return "### What a request costs more\n\n" + table;
    }

    private static void row(Table table, String title, String figure, int decimals, Samples direct, Samples baton) {
        Spread ratios = baton.ratios(figure, direct);
        table.row(
                title,
                direct.spread(figure).text(decimals),
                baton.spread(figure).text(decimals),
                ratios.text(3),
                ratios.mean(3));
    }
}
