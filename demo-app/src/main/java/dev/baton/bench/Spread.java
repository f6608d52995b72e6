package dev.baton.bench;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.DoubleStream;

/** Some measurements of the same thing: their median, and how far they lie apart. */
final class Spread {
    private final double[] sorted;

    private Spread(double[] sorted) {
        this.sorted = sorted;
    }

    /** What is not a number was not measured. */
    static Spread of(DoubleStream figures) {
        return new Spread(figures.filter(Double::isFinite).sorted().toArray());
    }

    double median() {
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private double least() {
        return sorted[0];
    }

    private double most() {
        return sorted[sorted.length - 1];
    }

    /** The median, and from least to most where there is more than one; a dash where there is none. */
    String text(int decimals) {
        if (sorted.length == 0) {
            return "–";
        }
        String median = number(median(), decimals);
        String least = number(least(), decimals);
        String most = number(most(), decimals);
        return least.equals(most) ? median : median + " (" + least + " to " + most + ")";
    }

    /** The mean, and how sure it is: the standard error, where there is more than one. */
    String mean(int decimals) {
        if (sorted.length == 0) {
            return "–";
        }
        double mean = Arrays.stream(sorted).average().orElseThrow();
        if (sorted.length == 1) {
            return number(mean, decimals);
        }
        double squares = Arrays.stream(sorted)
                .map(figure -> (figure - mean) * (figure - mean))
                .sum();
        double error = Math.sqrt(squares / (sorted.length - 1) / sorted.length);
        return number(mean, decimals) + " ± " + number(error, decimals);
    }

    private static String number(double value, int decimals) {
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }

    @Override
    public String toString() {
        return Arrays.toString(sorted);
    }
}
