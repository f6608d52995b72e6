package dev.baton.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {
    private static final Duration FIRST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofSeconds(30);

    @Test
    void doublesUpToTheLongest() {
        Backoff backoff = new Backoff(FIRST, LONGEST, () -> 0L);
        assertEquals(FIRST, backoff.after(1));
        assertEquals(FIRST.multipliedBy(2), backoff.after(2));
        assertEquals(FIRST.multipliedBy(256), backoff.after(9));
        assertEquals(LONGEST, backoff.after(10));
        assertEquals(LONGEST, backoff.after(Integer.MAX_VALUE));
    }

    @Test
    void isNeverSoonerAndAtMostAQuarterLater() {
        Backoff backoff = new Backoff(FIRST, LONGEST, new Random(1));
        for (int i = 0; i < 1000; i++) {
            long millis = backoff.after(2).toMillis();
            assertTrue(millis >= 200 && millis <= 250, () -> millis + " ms");
        }
    }
}
