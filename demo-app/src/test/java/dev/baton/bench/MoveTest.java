package dev.baton.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Whose waiting is counted as that of the moment in which listeners change hands. */
class MoveTest {
    private static final Move MOVE = new Move(millis(100), millis(120));

    @Test
    void whoAskedBeforeAndWasAnsweredLongAfterIsCountedWhole() {
        assertEquals(900, longest(50, 950));
    }

    @Test
    void whoAskedOrWasAnsweredMeanwhileIsCounted() {
        assertEquals(20, longest(90, 110));
        assertEquals(400, longest(110, 510));
        assertEquals(5, longest(105, 110));
    }

    @Test
    void whoWaitedAtAnotherTimeIsNot() {
        assertEquals(Double.NaN, longest(10, 99));
        assertEquals(Double.NaN, longest(121, 900));
    }

    @Test
    void moveIsReadFromTheEventsOfItsUpgradeAlone() {
        Instant now = Instant.now();
        Move move = Move.of(
                2,
                List.of(
                        event(now.minusMillis(9_000), 1, "accepting"),
                        event(now.minusMillis(8_000), 1, "baking"),
                        event(now.minusMillis(500), 2, "starting"),
                        event(now.minusMillis(400), 2, "accepting"),
                        event(now.minusMillis(380), 2, "parking"),
                        event(now.minusMillis(370), 2, "baking"),
                        event(now.minusMillis(100), 2, "draining")));
        assertTrue(move.concerns(move.begins(), move.begins()));
        long took = Duration.ofNanos(move.ends() - move.begins()).toMillis();
        assertEquals(31, took); // events have whole milliseconds, cut off
    }

    private static double longest(long asked, long came) {
        Waits waits = new Waits();
        waits.onAnswer(millis(asked), millis(came));
        return waits.longestDuring(MOVE);
    }

    private static long millis(long millis) {
        return Duration.ofMillis(millis).toNanos();
    }

    private static JsonNode event(Instant at, long upgrade, String phase) {
        return new JsonMapper()
                .readTree(
                        "{\"at\": \"%s\", \"upgrade\": {\"id\": %d, \"phase\": \"%s\"}}".formatted(at, upgrade, phase));
    }
}
