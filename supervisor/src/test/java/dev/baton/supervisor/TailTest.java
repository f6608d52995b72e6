package dev.baton.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class TailTest {
    private final Tail tail = new Tail();

    @Test
    void lastFiftyLinesAreKept() {
        for (int i = 1; i <= 70; i++) {
            tail.add("line " + i);
        }
        assertEquals(50, tail.lines().size());
        assertEquals("line 21", tail.lines().get(0));
        assertEquals("line 70", tail.lines().get(49));
    }

    @Test
    void longLinesAreKeptAsFarAsTheyAreFewBytes() {
        String longest = "\u20ac".repeat(Relay.LONGEST_LINE / 3);
        for (int i = 0; i < 70; i++) {
            tail.add(i + longest);
            int bytes = tail.lines().stream()
                    .mapToInt(line -> line.getBytes(StandardCharsets.UTF_8).length)
                    .sum();
            assertTrue(bytes <= 16 * 1024, () -> bytes + " bytes");
        }
        assertEquals("69" + longest, tail.lines().get(tail.lines().size() - 1));
        for (int i = 0; i < 50; i++) {
            tail.add("short " + i);
        }
        assertEquals(50, tail.lines().size(), "those that are gone take no room");
    }

    @Test
    void controlCharactersButTabsAreReplaced() {
        tail.add("\ta\u0001\u001b[31mb\u007f\u20ac");
        assertEquals(List.of("\ta??[31mb?\u20ac"), tail.lines());
    }
}
