package dev.baton.bench;

import dev.baton.load.LoadPlan;
import dev.baton.load.Mode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the supervisor costs in peace, and during upgrades: the same application direct, under baton and behind HAProxy.
 *
 * <p>Every round has fresh JVMs and warms each up. As fast as the answers come they take turns in short slices, in an order that is
 * drawn anew for each; at half of what each could do there and back (1 2 3 3 2 1): so that a machine that slows down meanwhile slows all of
 * them down. A second one alone tells noise from cost: two JVMs are never equally fast.
 */
final class Comparison implements Section {
    static final String DIRECT = "direct";
    private static final String AGAIN = "direct, another JVM";

    /**
     * How long the old version stands by. Short, beside the five seconds that it is by default, so that several upgrades
     * fit in the window.
     */
    private static final Duration BAKE = Duration.ofSeconds(1);

    private static final List<Mode> MODES = List.of(Mode.KEEPALIVE, Mode.CHURN);

    @Override
    public String name() {
        return "comparison";
    }

    @Override
    public void measure(Course course, Results results) throws IOException, InterruptedException {
        Optional<Path> haproxy = Installed.find(Proxied.PROGRAM, results);
        for (int round = 1; round <= course.scale().rounds(); round++) {
            System.err.println("comparison: round " + round);
            Round now = new Round(course, results, Integer.toString(round));
            try {
                now.add(Direct.start(course.stage(), DIRECT, course.demo()));
                now.add(Direct.start(course.stage(), AGAIN, course.demo()));
                now.add(course.supervised(Supervised.How.plain().baking(BAKE)));
                now.add(course.supervised(course.warm().baking(BAKE)));
                if (haproxy.isPresent()) {
                    now.add(Proxied.start(course, haproxy.get()));
                }
                Map<Mode, Map<Server, Double>> capacities = new EnumMap<>(Mode.class);
                for (Mode mode : MODES) {
                    capacities.put(mode, now.inPeace(mode));
                }
                for (Mode mode : MODES) {
                    now.upgraded(mode, capacities.get(mode));
                }
            } finally {
                now.end();
            }
        }
    }

    /** One round, with JVMs of its own. */
    private final class Round {
        private final Course course;
        private final Results results;
        private final String number;
        private final List<Server> servers = new ArrayList<>();

        Round(Course course, Results results, String number) {
            this.course = course;
            this.results = results;
            this.number = number;
        }

        void add(Server server) {
            servers.add(server);
        }

        void end() throws IOException {
            for (Server server : servers) {
                server.close();
            }
        }

        /** @return the requests a second of each as fast as the answers come */
        Map<Server, Double> inPeace(Mode mode) throws IOException, InterruptedException {
            Duration steady = course.scale().steady();
            for (Server server : servers) {
                course.warmUp(mode, server);
            }
            Map<Server, Map<String, Double>> taken = Turns.taken(course, mode, servers, number.hashCode());
            Map<Server, Double> capacities = new HashMap<>();
            for (Server server : servers) {
                add(mode, "closed", server, 0, taken.get(server));
                capacities.put(server, taken.get(server).get("perSecond"));
            }
            for (Server server : thereAndBack()) {
                take(course.load(mode, server, steady).withRate(capacities.get(server) / 2), server, 0);
            }
            return capacities;
        }

        private void add(Mode mode, String loop, Server server, int upgrades, Map<String, Double> figures) {
            Map<String, String> of = Map.of(
                    "server", server.name(),
                    "mode", mode.toString(),
                    "loop", loop,
                    "upgrades", Integer.toString(upgrades),
                    "round", number);
            results.add(new Sample(name(), of, figures));
        }

        /** Only once all was measured in peace: from then on some have young JVMs. */
        void upgraded(Mode mode, Map<Server, Double> capacities) throws IOException, InterruptedException {
            for (Server server : servers) {
                if (server instanceof Direct) {
                    continue;
                }
                LoadPlan plan = course.load(mode, server, course.scale().window());
                if (!server.name().equals(Course.WARM)) {
                    course.warmUp(mode, server);
                    take(plan, server, course.scale().upgrades());
                }
                course.warmUp(mode, server);
                LoadPlan half = plan.withRate(capacities.get(server) / 2);
                Reading reading = Reading.around(
                        half.withDuration(Duration.ZERO),
                        server,
                        course.scale().window().dividedBy(4));
                add(half, server, reading);
                String load = "%s, open loop, half of what each can do".formatted(mode);
                results.add(new Curve(
                        server.name(), load, half.rate(), reading.report().timeline(), reading.upgrades()));
            }
        }

        private List<Server> thereAndBack() {
            List<Server> order = new ArrayList<>(servers);
            Collections.reverse(order);
            order.addAll(0, servers);
            return order;
        }

        private void take(LoadPlan plan, Server server, int upgrades) throws IOException, InterruptedException {
            Reading reading = Reading.during(plan, server, upgrades);
            add(plan, server, reading);
        }

        private void add(LoadPlan plan, Server server, Reading reading) {
            Map<String, Double> figures = reading.figures();
            figures.put("rate", plan.rate());
            String loop = plan.rate() > 0 ? "open" : "closed";
            add(plan.mode(), loop, server, reading.upgrades().size(), figures);
        }
    }

    @Override
    public String tables(Results results) {
        Samples all = results.of(name());
        return "### As fast as the answers come (closed loop)\n\n" + closed(all.of("loop", "closed"))
                + "### At half of its own capacity each (open loop)\n\n" + open(all.of("loop", "open"));
    }

    private static String closed(Samples all) {
        Table table = new Table(
                2,
                "load",
                "server",
                "requests a second",
                ": direct",
                "while upgraded",
                "while upgraded : in peace",
                "for seconds",
                "refused or broken",
                "reconnects");
        for (String mode : all.values("mode")) {
            Samples direct = all.of("mode", mode).of("server", DIRECT);
            for (String server : all.values("server")) {
                Samples of = all.of("mode", mode).of("server", server);
                Samples peace = of.of("upgrades", "0");
                Samples upgraded = upgraded(of);
                table.row(
                        mode,
                        server,
                        peace.spread("perSecond").text(0),
                        server.equals(DIRECT)
                                ? "1"
                                : peace.ratios("perSecond", direct).text(3),
                        upgraded.spread("perSecond").text(0),
                        upgraded.ratios("perSecond", peace).text(3),
                        upgraded.spread("seconds").text(0),
                        sum(of, "refused", "broken"),
                        sum(of, "reconnects"));
            }
        }
        return table.toString();
    }

    private static String open(Samples all) {
        Table table = new Table(
                2,
                "load",
                "server",
                "rate, half of its own capacity",
                "p50 ms",
                "p99 ms",
                "p99.9 ms",
                "p50 while upgraded",
                "p99",
                "p99.9",
                "p99 : in peace",
                "refused or broken",
                "reconnects");
        for (String mode : all.values("mode")) {
            for (String server : all.values("server")) {
                Samples of = all.of("mode", mode).of("server", server);
                Samples peace = of.of("upgrades", "0");
                Samples upgraded = upgraded(of);
                table.row(
                        mode,
                        server,
                        peace.spread("rate").text(0),
                        peace.spread("p50").text(2),
                        peace.spread("p99").text(2),
                        peace.spread("p999").text(2),
                        upgraded.spread("p50").text(2),
                        upgraded.spread("p99").text(2),
                        upgraded.spread("p999").text(2),
                        upgraded.ratios("p99", peace).text(2),
                        sum(of, "refused", "broken"),
                        sum(of, "reconnects"));
            }
        }
        return table.toString();
    }

    private static Samples upgraded(Samples of) {
        return new Samples(
                of.all().stream().filter(sample -> !sample.is("upgrades", "0")).toList());
    }

    private static String sum(Samples of, String... figures) {
        double sum = 0;
        for (String figure : figures) {
            sum += of.sum(figure);
        }
        return "%.0f".formatted(sum);
    }
}
