package dev.baton.supervisor.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class DurationTextTest {
    @Test
    void durationsAreReadAsTheyAreWritten() {
        assertEquals(Duration.ofMillis(250), DurationText.parse("250ms"));
        assertEquals(Duration.ofSeconds(30), DurationText.parse("30s"));
        assertEquals(Duration.ofMinutes(2), DurationText.parse("2m"));
        assertEquals(Duration.ofHours(1), DurationText.parse("1h"));
        assertEquals(Duration.ofSeconds(90), DurationText.parse("1m30s"));
        assertEquals(Duration.ZERO, DurationText.parse("0s"));
        assertEquals(Duration.ZERO, DurationText.parse("0"));
    }

    @Test
    void whatIsNoDurationIsRefusedWithExamples() {
        for (String wrong : List.of("", "5", "s", "-5s", "5 s", "1.5s", "5d", "5S", "ms5", "99999999999s", "1s 2s")) {
            String message = assertThrows(IllegalArgumentException.class, () -> DurationText.parse(wrong), wrong)
                    .getMessage();
            assertTrue(message.contains("\"" + wrong + "\": write 250ms, 30s, 2m or 1h"), message);
        }
        assertTrue(assertThrows(IllegalArgumentException.class, () -> DurationText.parse("5"))
                .getMessage()
                .endsWith("\"5\" lacks its unit"));
    }

    @Test
    void nothingIsWaitedForLongerThanAYear() {
        assertEquals(Duration.ofDays(366), DurationText.parse("8784h"));
        for (String wrong : List.of("8784h1ms", "999999999h")) {
            assertEquals(
                    "longer than a year: \"" + wrong + "\": write 8784h or less",
                    assertThrows(IllegalArgumentException.class, () -> DurationText.parse(wrong), wrong)
                            .getMessage());
        }
    }

    @Test
    void durationsAreSpokenInUnitsThatPeopleUse() {
        assertEquals("0 ms", DurationText.spoken(Duration.ZERO));
        assertEquals("812 ms", DurationText.spoken(Duration.ofMillis(812)));
        assertEquals("5 s", DurationText.spoken(Duration.ofMillis(5_000)));
        assertEquals("50 s", DurationText.spoken(Duration.ofMillis(50_000)));
        assertEquals("5.03 s", DurationText.spoken(Duration.ofMillis(5_031)));
        assertEquals("60 s", DurationText.spoken(Duration.ofMillis(59_999)));
        assertEquals("2 min 5 s", DurationText.spoken(Duration.ofSeconds(125)));
        assertEquals("2 min", DurationText.spoken(Duration.ofMinutes(2)));
        assertEquals("3 h 20 min", DurationText.spoken(Duration.ofMinutes(200)));
        assertEquals("9 d 1 h", DurationText.spoken(Duration.ofHours(9 * 24 + 1)));
    }
}
