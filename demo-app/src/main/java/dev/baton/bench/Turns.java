package dev.baton.bench;

import dev.baton.load.LoadPlan;
import dev.baton.load.Mode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Servers that take turns in short slices, in an order drawn anew for each: a machine that slows down slows all of them down. */
final class Turns {
    private Turns() {}

    /**
     * As fast as the answers come.
     *
     * @return what each came to, all its slices together
     */
    static Map<Server, Map<String, Double>> taken(Course course, Mode mode, List<? extends Server> servers, long seed)
            throws IOException, InterruptedException {
        Map<Server, List<Reading>> readings = new LinkedHashMap<>();
        servers.forEach(server -> readings.put(server, new ArrayList<>()));
        List<Server> order = new ArrayList<>(servers);
        Random random = new Random(seed);
        for (int i = 0; i < course.scale().slices(); i++) {
            Collections.shuffle(order, random);
            for (Server server : order) {
                LoadPlan plan = course.load(mode, server, course.scale().slice());
                readings.get(server).add(Reading.during(plan, server, 0));
            }
        }
        Map<Server, Map<String, Double>> figures = new LinkedHashMap<>();
        readings.forEach((server, taken) -> figures.put(server, Reading.together(taken)));
        return figures;
    }
}
