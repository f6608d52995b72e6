package dev.baton.supervisor.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SpellingTest {
    @Test
    void distanceCountsSlipsOfTheFinger() {
        assertEquals(0, Spelling.distance("drain", "drain"));
        assertEquals(1, Spelling.distance("drian", "drain"));
        assertEquals(1, Spelling.distance("drai", "drain"));
        assertEquals(1, Spelling.distance("draiin", "drain"));
        assertEquals(1, Spelling.distance("dra1n", "drain"));
        assertEquals(5, Spelling.distance("", "drain"));
    }

    @Test
    void nearestIsNearEnoughOrNobody() {
        List<String> known = List.of("bake", "drain", "kill-after");
        assertEquals(Optional.of("kill-after"), Spelling.nearest("kill_after", known));
        assertEquals(Optional.of("bake"), Spelling.nearest("bkae", known));
        assertEquals(Optional.empty(), Spelling.nearest("timeout", known));
        assertEquals(Optional.empty(), Spelling.nearest("a", known));
    }
}
