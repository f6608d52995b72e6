package dev.baton.supervisor;

import java.time.Duration;

/**
 * How long the phases wait, for what.
 *
 * @param ready from the spawn to the worker's {@code ready}
 * @param answer from {@code accept} to the worker's word that it does. A worker that is stopped for a few seconds (a
 *     long pause of the collector, SIGSTOP) must not fail an upgrade
 * @param park from {@code park} to the worker's word that it has. Nobody suffers meanwhile, for the new worker accepts,
 *     and at the end of it connections are broken; so this is long
 * @param hurry what is left of a drain when the next upgrade is asked for
 * @param steady how long a worker must have served for its restarts to be forgotten
 */
record Rules(
        Duration ready,
        Duration answer,
        Duration park,
        Duration bake,
        Duration drain,
        Duration hurry,
        Duration killAfter,
        Duration steady) {
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final Duration PARK = Duration.ofSeconds(30);
    private static final Duration HURRY = Duration.ofSeconds(1);

    static Rules of(Settings settings) {
        return new Rules(
                settings.readyTimeout(),
                ANSWER,
                PARK,
                settings.bake(),
                settings.drain(),
                settings.drain().compareTo(HURRY) < 0 ? settings.drain() : HURRY,
                settings.killAfter(),
                settings.longestBackoff());
    }
}
