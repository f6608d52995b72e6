package dev.baton.bench;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * The listeners change hands: from when the new version is told to accept until the old one has parked.
 *
 * @param begins in the time of {@link System#nanoTime}
 * @param ends in the same time
 */
record Move(long begins, long ends) {
    private static final List<String> PHASES = List.of("accepting", "parking");

    /** Events have whole milliseconds, cut off. */
    private static final Duration CUT_OFF = Duration.ofMillis(1);

    private static final long BETWEEN = 100_000;

    /** Of an upgrade that got so far, among its supervisor's events. */
    static Move of(long upgrade, List<JsonNode> events) {
        List<JsonNode> fromThere = events.stream()
                .filter(event -> id(event) == upgrade)
                .dropWhile(event -> !moves(event))
                .toList();
        JsonNode over = fromThere.stream().dropWhile(Move::moves).findFirst().orElseThrow();
        Instant zero = zero();
        return new Move(
                Duration.between(zero, at(fromThere.get(0))).toNanos(),
                Duration.between(zero, at(over).plus(CUT_OFF)).toNanos());
    }

    static long id(JsonNode event) {
        return event.path("upgrade").path("id").asLong();
    }

    /** Whether the event that begins this part of an upgrade begins a part of the move. */
    private static boolean moves(JsonNode event) {
        return PHASES.contains(event.path("upgrade").path("phase").asString());
    }

    private static Instant at(JsonNode event) {
        return Instant.parse(event.path("at").asString());
    }

    /** When {@link System#nanoTime} was 0, for the supervisor tells the time by the other clock. Both are read again if somebody came between. */
    private static Instant zero() {
        while (true) {
            long before = System.nanoTime();
            Instant now = Instant.now();
            if (System.nanoTime() - before < BETWEEN) {
                return now.minusNanos(before);
            }
        }
    }

    /** Whether somebody waited meanwhile who asked and was answered at these times; it may have been for a part of it, or for more. */
    boolean concerns(long asked, long came) {
        return asked - ends <= 0 && came - begins >= 0;
    }
}
