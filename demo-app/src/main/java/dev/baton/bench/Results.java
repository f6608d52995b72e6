package dev.baton.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.json.JsonMapper;

/** All that was measured. Confined to one thread. */
final class Results {
    private final List<Sample> samples = new ArrayList<>();
    private final List<Curve> curves = new ArrayList<>();
    private final Set<String> notes = new LinkedHashSet<>();
    private boolean whole = true;

    void add(Sample sample) {
        samples.add(sample);
        if (sample.figures().getOrDefault("ownTrouble", 0.0) > 0) {
            failed("the load client itself could not send some requests; these figures prove nothing: " + sample.of());
        }
    }

    void add(Curve curve) {
        curves.add(curve);
    }

    /** Something that a reader must know: what was left out, and why. */
    void note(String note) {
        if (notes.add(note)) {
            System.err.println("  " + note);
        }
    }

    /** Something that was to be measured was not. */
    void failed(String what) {
        whole = false;
        note(what);
    }

    /** Whether all was measured that is installed. */
    boolean whole() {
        return whole;
    }

    /** What that section has found. */
    Samples of(String section) {
        return new Samples(samples.stream()
                .filter(sample -> sample.section().equals(section))
                .toList());
    }

    List<Curve> curves() {
        return List.copyOf(curves);
    }

    Set<String> notes() {
        return notes;
    }

    String json(Map<String, String> machine) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("machine", machine);
        json.put("notes", notes);
        json.put("samples", samples);
        json.put("curves", curves.stream().map(Results::json).toList());
        return new JsonMapper().writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n";
    }

    private static Map<String, Object> json(Curve curve) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("server", curve.server());
        json.put("load", curve.load());
        json.put("rate", curve.rate());
        json.put(
                "upgrades",
                curve.upgrades().stream()
                        .map(mark -> List.of(mark.from().toMillis(), mark.to().toMillis()))
                        .toList());
        json.put("columns", List.of("start", "ok", "broken", "p50", "p99", "max"));
        json.put(
                "slices",
                curve.slices().stream()
                        .map(slice -> List.of(
                                slice.start().toMillis(),
                                slice.ok(),
                                slice.broken(),
                                Reading.millis(slice.p50()),
                                Reading.millis(slice.p99()),
                                Reading.millis(slice.max())))
                        .toList());
        return json;
    }
}
