package dev.baton.bench;

import java.util.List;
import java.util.stream.Stream;

/** A selection of samples. */
record Samples(List<Sample> all) {
    Samples of(String what, String value) {
        return new Samples(all.stream().filter(sample -> sample.is(what, value)).toList());
    }

    /** The values of a label, in the order in which they were first measured. */
    List<String> values(String what) {
        return all.stream()
                .flatMap(sample -> Stream.ofNullable(sample.of().get(what)))
                .distinct()
                .toList();
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    Spread spread(String figure) {
        return Spread.of(all.stream().mapToDouble(sample -> sample.figure(figure)));
    }

    /** A ratio for each round: their mean to the mean of what was measured in the same round. */
    Spread ratios(String figure, Samples to) {
        return Spread.of(values("round").stream()
                .mapToDouble(round ->
                        of("round", round).mean(figure) / to.of("round", round).mean(figure)));
    }

    private double mean(String figure) {
        return all.stream()
                .mapToDouble(sample -> sample.figure(figure))
                .average()
                .orElse(Double.NaN);
    }

    double sum(String figure) {
        return all.stream().mapToDouble(sample -> sample.figure(figure)).sum();
    }
}
