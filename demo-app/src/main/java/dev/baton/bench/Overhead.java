package dev.baton.bench;

import dev.baton.load.Mode;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a request costs more when its server is supervised. Two JVMs of the same program differ by more than that, as their
 * compilers happened to choose and their threads to meet: so there are many pairs, each with fresh ones, and the mean counts.
 */
final class Overhead implements Section {
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
                Map<Server, Long> pids = Map.of(direct, direct.pid(), supervised, supervised.worker("active"));
                List<Server> servers = pair % 2 == 0 ? List.of(direct, supervised) : List.of(supervised, direct);
                for (Server server : servers) { // whoever is first has more time to compile what it has learnt
                    Reading.during(
                            course.load(Mode.KEEPALIVE, server, course.scale().warmUp()), server, 0);
                }
                Map<Server, Duration> before = cpu(pids);
                Map<Server, Map<String, Double>> taken = Turns.taken(course, Mode.KEEPALIVE, servers, pair);
                Map<Server, Duration> after = cpu(pids);
                for (Server server : servers) {
                    Map<String, Double> figures = taken.get(server);
                    double millis = Reading.millis(after.get(server).minus(before.get(server)));
                    figures.put("cpuMicros", 1e3 * millis / figures.get("ok"));
                    Map<String, String> of = Map.of("server", server.name(), "round", Integer.toString(pair));
                    results.add(new Sample(name(), of, figures));
                }
            }
        }
    }

    /** How long they have had a processor so far; between their turns they do next to nothing. */
    private static Map<Server, Duration> cpu(Map<Server, Long> pids) throws IOException {
        Map<Server, Duration> cpu = new HashMap<>();
        for (Map.Entry<Server, Long> of : pids.entrySet()) {
            Duration total = ProcessHandle.of(of.getValue())
                    .flatMap(process -> process.info().totalCpuDuration())
                    .orElseThrow(() -> new IOException(of.getKey().name() + " has ended"));
            cpu.put(of.getKey(), total);
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
        row(table, "processor time of its JVM for each, µs", "cpuMicros", 2, direct, baton);
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
