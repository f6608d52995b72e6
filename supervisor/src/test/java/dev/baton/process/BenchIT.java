package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.supervisor.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Document;

/** The benchmark runs through on any machine, writes what it promises, and leaves nothing behind. */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class BenchIT {
    private static final Duration PATIENCE = Duration.ofMinutes(12);

    @TempDir
    Path temporary;

    @Test
    @Tag("alone")
    void quickRunMeasuresEverySectionAndWritesTablesFiguresAndPicture() throws Exception {
        Path out = temporary.resolve("out");
        Process bench =
                start("--quick", "--connections", "4", "--out", out.toString(), "--runtime", temporary.toString());
        Lines lines = new Lines(bench, "bench-output");
        assertTrue(bench.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS), () -> "it does not end: " + lines.all());
        assertEquals(0, bench.exitValue(), () -> String.join("\n", lines.all()));

        assertTablesAreWellFormed(Files.readAllLines(out.resolve("results.md")));
        Map<?, ?> json = (Map<?, ?>) Json.read(Files.readString(out.resolve("results.json")));
        TreeSet<String> sections = new TreeSet<>();
        for (Object sample : (List<?>) json.get("samples")) {
            sections.add((String) ((Map<?, ?>) sample).get("section"));
        }
        sections.remove("peers"); // where none is installed there are none
        assertEquals(
                new TreeSet<>(List.of("comparison", "growth", "overhead", "phases", "restarts", "rollbacks")),
                sections);

        Document picture = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(out.resolve("latency.svg").toFile());
        assertEquals("svg", picture.getDocumentElement().getTagName());
        assertTrue(picture.getElementsByTagName("path").getLength() > 2, "a line for Baton");
        nothingIsLeft();
    }

    @Test
    void runThatIsEndedEndsAllThatItHasStarted() throws Exception {
        Process bench = start(
                "--only", "rollbacks", "--out", temporary.resolve("out").toString(), "--runtime", temporary.toString());
        Lines lines = new Lines(bench, "bench-output");
        try {
            await().atMost(PATIENCE).until(() -> !Processes.knowing(temporary).isEmpty() || !bench.isAlive());
            assertTrue(bench.isAlive(), () -> String.join("\n", lines.all()));
            // As Ctrl-C to a JVM; but whoever started the tests may have had INT ignored, which children inherit.
            Processes.signal("TERM", bench.pid());
            assertTrue(bench.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS), () -> "it goes on: " + lines.all());
            assertNotEquals(0, bench.exitValue());
        } finally {
            bench.destroy();
        }
        nothingIsLeft();
    }

    @ParameterizedTest
    @CsvSource({
        "--only, walks, no section is called 'walks'",
        "--docs, --quick, leave out --only and --quick",
        "--docs, --only=phases, leave out --only and --quick",
        "--runtime, /nowhere, /nowhere is no directory",
        "--out, /dev/null/out, make /dev/null/out"
    })
    void optionThatCannotBeIsRefused(String option, String value, String expected) throws Exception {
        Process bench = start(option, value);
        Lines lines = new Lines(bench, "bench-output");
        assertTrue(bench.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS), () -> "it goes on: " + lines.all());
        assertEquals(2, bench.exitValue(), () -> String.join("\n", lines.all()));
        assertTrue(
                lines.all().stream().anyMatch(line -> line.contains(expected)),
                () -> lines.all().toString());
    }

    /** With a directory for temporary files that is the test's own. */
    private Process start(String... options) throws IOException {
        // Some of its peers serve as another user, who has to get there.
        Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwx--x--x"));
        List<String> command =
                new ArrayList<>(List.of(Places.scripts().resolve("bench").toString()));
        command.addAll(List.of(options));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("JDK_JAVA_OPTIONS", "-Djava.io.tmpdir=" + temporary);
        return builder.start();
    }

    private static void assertTablesAreWellFormed(List<String> lines) {
        List<String> rows = lines.stream().filter(line -> line.startsWith("|")).toList();
        assertTrue(rows.stream().anyMatch(row -> row.startsWith("| keepalive | Baton | ")), () -> "no row: " + lines);
        long columns = 0;
        for (String line : lines) {
            long bars =
                    line.startsWith("|") ? line.chars().filter(c -> c == '|').count() : 0;
            assertTrue(columns == 0 || bars == 0 || bars == columns, line);
            columns = bars;
        }
        assertTrue(lines.stream().noneMatch(line -> line.contains("NaN")), lines::toString);
    }

    private void nothingIsLeft() throws IOException {
        await().atMost(RunningBaton.PATIENCE)
                .untilAsserted(() -> assertEquals(List.of(), Processes.knowing(temporary), "pids that live on"));
        try (Stream<Path> left = Files.list(temporary)) {
            assertEquals(
                    List.of(),
                    left.filter(file -> file.getFileName().toString().startsWith("baton-bench"))
                            .toList());
        }
    }
}
