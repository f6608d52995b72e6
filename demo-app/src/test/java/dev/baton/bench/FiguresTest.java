package dev.baton.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.load.Slice;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

/** What the benchmark makes of its measurements. */
class FiguresTest {
    @Test
    void spreadTellsMedianLeastAndMostAndLeavesOutWhatWasNotMeasured() {
        assertEquals(
                "2.0 (1.0 to 9.0)",
                Spread.of(DoubleStream.of(9, Double.NaN, 1, 2)).text(1));
        assertEquals(
                "1,500 (1,000 to 2,000)", Spread.of(DoubleStream.of(1000, 2000)).text(0));
        assertEquals("3", Spread.of(DoubleStream.of(3, 3.1)).text(0));
        assertEquals("–", Spread.of(DoubleStream.empty()).text(0));
    }

    @Test
    void meanTellsHowSureItIs() {
        assertEquals(
                "3.0 ± 0.9",
                Spread.of(DoubleStream.of(1, 3, 5, 3, Double.NaN, 0, 6)).mean(1)); // sqrt(26 / 5 / 6)
        assertEquals("2.50", Spread.of(DoubleStream.of(2.5)).mean(2));
        assertEquals("–", Spread.of(DoubleStream.empty()).mean(2));
    }

    @Test
    void ratioIsTakenWithinEachRound() {
        Samples direct = new Samples(List.of(sample("1", 100), sample("1", 300), sample("2", 1_000)));
        Samples other = new Samples(List.of(sample("1", 100), sample("2", 2_000)));
        assertEquals("1.25 (0.50 to 2.00)", other.ratios("perSecond", direct).text(2));
    }

    private static Sample sample(String round, double perSecond) {
        return new Sample("comparison", Map.of("round", round), Map.of("perSecond", perSecond));
    }

    @Test
    void ownShareIsTheWholeLessTheStartAloneWarmUpAndTheConfiguredBake() {
        Map<String, Duration> phases =
                Map.of("starting", millis(800), "warming", millis(100), "baking", millis(530), "draining", millis(20));
        Map<String, Double> figures =
                new Breakdown(new Mark(millis(1_000), millis(2_500), phases), millis(500)).figures(millis(650));
        assertEquals(1_500, figures.get("whole"));
        assertEquals(100, figures.get("afterStart")); // the 30 ms that the bake took too long are Baton's
        assertEquals(150, figures.get("surcharge"));
        assertEquals(250, figures.get("own"));
    }

    private static Duration millis(long millis) {
        return Duration.ofMillis(millis);
    }

    @Test
    void tablesGoBetweenTheMarksAndNowhereElse(@TempDir Path docs) throws IOException {
        Path file = docs.resolve("benchmarks.md");
        Files.writeString(file, "before\n<!-- bench: begin -->\nold\n<!-- bench: end -->\nafter\n");
        Docs.put(docs, "\n| new |\n\n", "<svg/>");
        assertEquals(
                "before\n<!-- bench: begin -->\n![Latency over time, with upgrades marked](latency.svg)\n\n| new |\n"
                        + "<!-- bench: end -->\nafter\n",
                Files.readString(file));
        assertEquals("<svg/>", Files.readString(docs.resolve("latency.svg")));
        Files.writeString(file, "no place");
        assertThrows(IOException.class, () -> Docs.put(docs, "tables", "<svg/>"));
    }

    @Test
    void pictureHasAPanelForEachServerAndABandForEachUpgrade() throws Exception {
        List<Slice> slices = List.of(
                new Slice(millis(0), 5, 0, millis(1), millis(2), millis(3)),
                new Slice(millis(100), 0, 2, millis(0), millis(0), millis(0)),
                new Slice(millis(200), 5, 0, millis(1), millis(20), millis(300)));
        List<Mark> upgrades = List.of(new Mark(millis(50), millis(150), Map.of()));
        Document picture = parsed(Picture.of(List.of(
                new Curve("one <old>", "keepalive", 10, slices, upgrades),
                new Curve("one <old>", "churn", 10, slices, upgrades),
                new Curve("two & more", "keepalive", 1_100, slices, upgrades))));
        assertEquals(2, count(picture, "rect", "band") - 1, "bands, less the legend's");
        assertEquals(2, count(picture, "path", "p99") - 1, "lines, less the legend's");
        assertEquals(2, count(picture, "circle", "broken") - 1, "marks, less the legend's");
        assertTrue(picture.getDocumentElement().getTextContent().contains("two & more, 1,100 requests a second"));
        parsed(Picture.of(List.of()));
    }

    private static long count(Document picture, String element, String style) {
        long count = 0;
        for (int i = 0; i < picture.getElementsByTagName(element).getLength(); i++) {
            var attributes = picture.getElementsByTagName(element).item(i).getAttributes();
            var type = attributes.getNamedItem("class");
            count += type != null && type.getNodeValue().equals(style) ? 1 : 0;
        }
        return count;
    }

    private static Document parsed(String svg) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    }
}
