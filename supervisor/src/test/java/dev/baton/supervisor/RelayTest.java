package dev.baton.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RelayTest {
    private static List<String> relayed(byte[] bytes) throws Exception {
        List<String> lines = new CopyOnWriteArrayList<>();
        Relay.start("relay", new ByteArrayInputStream(bytes), lines::add).end().get(10, TimeUnit.SECONDS);
        return lines;
    }

    private static List<String> relayed(String text) throws Exception {
        return relayed(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void linesAreLinesWhateverEndsThem() throws Exception {
        assertEquals(List.of("one", "", "two", "the rest"), relayed("one\n\ntwo\r\nthe rest"));
        assertEquals(List.of(), relayed(""));
    }

    @Test
    void longLinesComeInPiecesAndNothingIsLost() throws Exception {
        String text = "x".repeat(3 * Relay.LONGEST_LINE + 5);
        List<String> pieces = relayed(text + "\nnext");
        assertEquals(5, pieces.size());
        assertEquals(text, String.join("", pieces.subList(0, 4)));
        assertEquals("next", pieces.get(4));
    }

    @Test
    void piecesDoNotCutCharacters() throws Exception {
        for (int shift = 0; shift < 4; shift++) {
            String text = "x".repeat(shift) + "\uD83D\uDE00".repeat(Relay.LONGEST_LINE);
            assertEquals(text, String.join("", relayed(text)));
        }
    }

    @Test
    void bytesThatAreNoTextDoNotStopIt() throws Exception {
        byte[] bytes = new byte[3 * Relay.LONGEST_LINE];
        java.util.Arrays.fill(bytes, (byte) 0x80);
        bytes[bytes.length - 1] = '\n';
        assertTrue(relayed(bytes).size() >= 3);
    }
}
