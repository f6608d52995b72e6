package dev.baton.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An upgrade under baton, taken apart. */
record Breakdown(Mark upgrade, Duration bake) {
    /** In their order; not every upgrade has all. */
    static final List<String> PHASES =
            List.of("starting", "checking", "warming", "accepting", "parking", "baking", "draining");

    /** The whole, each phase, and what remains as Baton's own when start, warm-up and the configured bake are taken away. */
    Map<String, Double> figures() {
        Map<String, Double> figures = new LinkedHashMap<>();
        Duration whole = upgrade.to().minus(upgrade.from());
        Duration bakedNoLonger = phase("baking").compareTo(bake) < 0 ? phase("baking") : bake;
        Duration own = whole.minus(phase("starting")).minus(phase("warming")).minus(bakedNoLonger);
        figures.put("whole", Reading.millis(whole));
        figures.put("own", Reading.millis(own));
        upgrade.phases().forEach((phase, time) -> figures.put(phase, Reading.millis(time)));
        return figures;
    }

    private Duration phase(String name) {
        return upgrade.phases().getOrDefault(name, Duration.ZERO);
    }

    /** The server is upgraded with no load but what is on it already. */
    static Breakdown of(Supervised server) throws IOException {
        long start = System.nanoTime();
        Map<String, Duration> phases = server.upgrade();
        return new Breakdown(
                new Mark(Duration.ZERO, Duration.ofNanos(System.nanoTime() - start), phases), Duration.ZERO);
    }
}
