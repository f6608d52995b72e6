package dev.baton.supervisor.config;

import java.util.Comparator;

/**
 * What is wrong in a configuration file, in one place.
 *
 * @param file as the user named it
 * @param place where it is; {@link Place#NONE} where it is the file itself
 */
public record Mistake(String file, Place place, String what, String why, String remedy) {
    static final Comparator<Mistake> IN_ORDER = Comparator.comparingInt(
                    (Mistake mistake) -> mistake.place().line())
            .thenComparingInt(mistake -> mistake.place().column());

    /** {@code file:line:column: what; why; what to do}, as compilers write it and editors understand it. */
    @Override
    public String toString() {
        String where = place == Place.NONE ? file : file + ":" + place.line() + ":" + place.column();
        return where + ": " + what + "; " + why + "; " + remedy;
    }
}
