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

    /** The whole, each phase, and what remains when they that start, warm up and bake, as long as configured, are taken away. */
    Map<String, Double> figures() {
        Map<String, Double> figures = new LinkedHashMap<>();
        Duration whole = upgrade.to().minus(upgrade.from());
        Duration bakedNoLonger = phase("baking").compareTo(bake) < 0 ? phase("baking") : bake;
        Duration afterStart =
                whole.minus(phase("starting")).minus(phase("warming")).minus(bakedNoLonger);
        figures.put("whole", Reading.millis(whole));
        figures.put("afterStart", Reading.millis(afterStart));
        upgrade.phases().forEach((phase, time) -> figures.put(phase, Reading.millis(time)));
        return figures;
    }

    /**
     * The same, and what Baton adds to the start and to the whole: its agent or kit, its low priority, its archive of classes.
     *
     * @param alone how long the same command takes to start by itself under the same load
     */
    Map<String, Double> figures(Duration alone) {
        Map<String, Double> figures = figures();
        double surcharge = figures.get("starting") - Reading.millis(alone);
        figures.put("alone", Reading.millis(alone));
        figures.put("surcharge", surcharge);
        figures.put("own", figures.get("afterStart") + surcharge);
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
