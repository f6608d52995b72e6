package dev.baton.supervisor.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.WindowSize;
import dev.baton.supervisor.control.ControlClient;
import dev.baton.supervisor.control.JsonObject;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is drawn into windows of all sizes, and what is not. */
class ScreenTest {
    private static final String COLOURS = "\u001b\\[[0-9;]*m";
    private static final JsonObject STATUS = JsonObject.parse("""
            {"app":"shop","phase":"serving","supervisor":{"pid":71,"version":"0.1.0",
             "startedAt":"2026-11-20T22:00:00Z"},
             "listeners":[{"name":"http","address":"0.0.0.0:8080","backlog":4096,"queued":7,"dropped":0}],
             "workers":[{"generation":3,"role":"retiring","pid":4711,"startedAt":"2026-11-20T22:00:00Z",
              "command":["java","-jar","shop.jar"],"connections":{"active":2,"idle":14,"handedOver":16}}],
             "lastUpgrade":{"id":2,"outcome":"upgraded","from":2,"to":3,
              "phases":{"starting":812,"baking":5000},"reason":null,"output":[]}}""");
    private static final Found SHOP = new Found(ControlClient.of(Path.of("/nowhere")), STATUS);

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private WindowSize window = new WindowSize(80, 24);

    private Terminal terminal(boolean coloured) {
        Printout out = new Printout(bytes);
        return new Terminal(out, out, true, true, coloured, Terminal.WIDTH, () -> window);
    }

    private String drawn() {
        String text = bytes.toString(StandardCharsets.UTF_8);
        bytes.reset();
        return text;
    }

    private List<String> rows(int columns, int rows, boolean coloured) {
        window = new WindowSize(columns, rows);
        List<String> page =
                StatusWatch.page(List.of(SHOP), List.of(), terminal(coloured), Instant.parse("2026-11-20T22:01:00Z"));
        return Screen.frame(page, window)
                .replaceAll("\u001b\\[[HKJ]", "")
                .lines()
                .toList();
    }

    @Test
    void whoDoesNotAnswerHasALineOfItsOwn() {
        List<String> page = StatusWatch.page(List.of(SHOP), List.of("blog: no answer"), terminal(false), Instant.EPOCH);
        assertTrue(page.contains("  blog: no answer"), page::toString);
    }

    @Test
    void upgradeThatWaitsForADrainIsShownAsTheOneThatRuns(@TempDir Path directory) throws Exception {
        Path socket = directory.resolve("control.sock");
        String upgrades = """
                {"upgrades":[{"id":1,"outcome":null,"from":1,"to":2,"phases":{"draining":9}},
                 {"id":2,"outcome":null,"from":2,"to":3,"phases":{"waiting":7}}]}""";
        CannedEndpoint endpoint = new CannedEndpoint(socket, request -> CannedEndpoint.json(200, upgrades));
        try {
            JsonObject draining = JsonObject.parse(STATUS.toString().replace("serving", "draining"));
            Found shop = new Found(ControlClient.of(socket), draining);
            String page = String.join("\n", StatusWatch.page(List.of(shop), List.of(), terminal(false), Instant.EPOCH));
            assertTrue(page.contains("upgrade 2: generation 2 → 3") && page.contains("waiting"), page);
        } finally {
            endpoint.close();
        }
    }

    @Test
    void listenersThatAreClosedAreNotLookedForInAnEmptyTable() {
        JsonObject stopping =
                JsonObject.parse(STATUS.toString().replaceFirst("\"listeners\":\\[.*?\\]", "\"listeners\":[]"));
        new StatusReport(stopping, Instant.EPOCH, terminal(false)).print();
        String page = drawn();
        assertTrue(page.contains("its listeners are closed") && !page.contains("LISTENER"), page);
    }

    @Test
    void pageFitsWindowsOfAllSizes() {
        for (int columns : List.of(2, 10, 40, 79, 80, 200)) {
            for (int height : List.of(1, 2, 10, 24, 50)) {
                List<String> rows = rows(columns, height, true);
                assertTrue(rows.size() <= height, rows::toString);
                rows.forEach(row -> assertTrue(row.replaceAll(COLOURS, "").length() <= columns, columns + ": " + row));
            }
        }
    }

    @Test
    void narrowWindowLeavesOutWhatMattersLeast() {
        String wide = String.join("\n", rows(200, 50, false));
        String narrow = String.join("\n", rows(40, 10, false));

        assertTrue(wide.contains("4711") && wide.contains("4096") && wide.contains("java -jar shop.jar"), wide);
        assertFalse(narrow.contains("4711") || narrow.contains("4096"), narrow);
        assertTrue(narrow.contains("QUEUED") && narrow.contains("HANDED") && narrow.contains("retiring"), narrow);
    }

    @Test
    void coloursAreOnlyThereWhereTheyAreWanted() {
        assertTrue(String.join("\n", rows(80, 24, true)).contains("\u001b[1;32mserving\u001b[0m"));
        assertFalse(String.join("\n", rows(80, 24, false)).contains("\u001b"));
    }

    @Test
    void lineThatIsCutKeepsTheEndOfItsColours() {
        assertEquals("\u001b[1mab\u001b[0m…", Screen.cut("\u001b[1mabcd\u001b[0m", 3));
        assertEquals("\u001b[1mabc\u001b[0m", Screen.cut("\u001b[1mabc\u001b[0m", 3));
    }

    @Test
    void characterOfTwoColumnsIsCutAsAWhole() {
        assertEquals("a\ud83d\ude80…", Screen.cut("a\ud83d\ude80bc", 4));
        assertEquals("a…", Screen.cut("a\ud83d\ude80bc", 3));
    }

    @Test
    void screenGivesBackWhatItTookOnce() {
        Screen screen = new Screen(terminal(false));
        assertEquals("\u001b[?1049h\u001b[?25l", drawn());
        screen.close();
        screen.close();
        screen.draw(List.of("too late"));
        assertEquals("\u001b[?25h\u001b[?1049l", drawn());
    }

    @Test
    void linesAreRedrawnInTheirPlaceAlsoWhenTheWindowHasBecomeNarrower() {
        Redrawn redrawn = new Redrawn(terminal(false));
        redrawn.draw(List.of("a".repeat(70), "b"));
        assertEquals("a".repeat(70) + "\r\nb", drawn());
        window = new WindowSize(40, 24);
        redrawn.draw(List.of("c".repeat(70), "d"));
        assertEquals("\u001b[2A\r\u001b[J" + "c".repeat(38) + "…\r\nd", drawn());
        redrawn.erase();
        redrawn.erase();
        assertEquals("\u001b[1A\r\u001b[J", drawn());
    }

    @Test
    void upgradeShowsWhoseConnectionsAreStillToGo() {
        JsonObject upgrade = JsonObject.parse("""
                {"id":2,"outcome":null,"from":3,"to":4,"phases":{"starting":812,"draining":1340}}""");
        UpgradeProgress progress = new UpgradeProgress("shop", terminal(false));
        progress.show(upgrade, Optional.of(STATUS));
        assertEquals(
                List.of(
                        "shop: upgrade 2, generation 3 → 4  2.2 s",
                        "  ✓ starting  812 ms",
                        "  › draining  1.3 s",
                        "    generation 3 still has 2 active, 14 idle; 16 handed over"),
                drawn().lines().toList());
        progress.end();
        assertEquals("\u001b[3A\r\u001b[J", drawn());
        progress.show(upgrade, Optional.empty());
        assertEquals("", drawn());
    }
}
