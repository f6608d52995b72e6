package dev.baton.bench;

import java.time.Duration;
import java.util.List;

/**
 * How much is measured.
 *
 * @param rounds of the comparison, each with fresh JVMs
 * @param pairs of fresh JVMs by which the cost of a request is told
 * @param repeats of all that is an upgrade by itself
 * @param warmUp of a fresh JVM, under the load that it is measured under
 * @param slices in which all servers take turns as fast as their answers come, in an order drawn anew for each
 * @param slice how long one of these is
 * @param steady how long the load is on where nothing happens
 * @param window how long the load is on where upgrades happen as fast as the answers come; at half the capacity it begins
 *     a quarter of that before an upgrade, and ends as long after it
 * @param rest how long the load is on before and after each upgrade
 * @param upgrades how many happen in it as fast as the answers come; at half the capacity it is one
 * @param warmUpKeys more keys of {@code [warm-up]}
 * @param listeners of a supervisor, one after another
 * @param connections that are handed over, one after another
 */
record Scale(
        int rounds,
        int pairs,
        int repeats,
        Duration warmUp,
        int slices,
        Duration slice,
        Duration steady,
        Duration window,
        Duration rest,
        int upgrades,
        String warmUpKeys,
        List<Integer> listeners,
        List<Integer> connections) {

    /** What figures are published from. */
    static final Scale WHOLE = new Scale(
            3,
            16,
            3,
            Duration.ofSeconds(5),
            12,
            Duration.ofMillis(700),
            Duration.ofSeconds(3),
            Duration.ofSeconds(20),
            Duration.ofSeconds(1),
            3,
            "timeout = \"90s\"\n",
            List.of(1, 8, 64),
            List.of(100, 1_000, 10_000));

    /** What shows that everything runs; its figures mean nothing. */
    static final Scale QUICK = new Scale(
            1,
            2,
            1,
            Duration.ofMillis(200),
            2,
            Duration.ofMillis(150),
            Duration.ofMillis(300),
            Duration.ofSeconds(2),
            Duration.ofMillis(200),
            1,
            "count = 200\n",
            List.of(1, 8),
            List.of(10, 100));
}
