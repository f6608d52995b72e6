package dev.baton.load;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ShowTableTest {
    private static LoadReport reportOf(int generations) {
        SortedMap<Answerer, Long> answerers = new TreeMap<>();
        for (int generation = 1; generation <= generations; generation++) {
            answerers.put(new Answerer("v" + generation, generation), 1_000L + generation);
        }
        Duration second = Duration.ofSeconds(1);
        return new LoadReport(
                LoadPlan.of(Mode.KEEPALIVE, new InetSocketAddress("127.0.0.1", 1)),
                second,
                new Counts(1_000_000, 0, 0, 0, 0, 0, 0, 0, 0),
                new Latency(second, second, second, second, second),
                second,
                answerers,
                List.of(),
                List.of());
    }

    /** A terminal wraps a longer line, and the table then has more lines than are erased before the next is drawn. */
    @Test
    void tableOfAHundredGenerationsFitsATerminalOf80ColumnsAndEndsWithTheLastFive() {
        ByteArrayOutputStream screen = new ByteArrayOutputStream();
        ShowTable table = new ShowTable(new PrintStream(screen, false, StandardCharsets.UTF_8), true);
        table.draw("v100 → v101", List.of(reportOf(101)));
        String text = screen.toString(StandardCharsets.UTF_8);
        assertTrue(text.lines().allMatch(line -> line.length() < 80), text);
        assertTrue(text.contains(" 97:1097 "), text);
        assertTrue(text.contains(" 101:1101"), text);
        assertFalse(text.contains(" 96:"), text);
    }
}
