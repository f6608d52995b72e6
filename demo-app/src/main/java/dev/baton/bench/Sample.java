package dev.baton.bench;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What was measured once.
 *
 * @param section who measured it
 * @param of what it is of: the server, the load, the round
 * @param figures by name; times are in milliseconds
 */
record Sample(String section, Map<String, String> of, Map<String, Double> figures) {
    Sample {
        of = Collections.unmodifiableMap(new TreeMap<>(of));
        figures = Collections.unmodifiableMap(new LinkedHashMap<>(figures));
    }

    boolean is(String what, String value) {
        return value.equals(of.get(what));
    }

    double figure(String name) {
        Double figure = figures.get(name);
        return figure == null ? Double.NaN : figure;
    }
}
