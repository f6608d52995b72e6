package dev.baton.supervisor.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Prometheus's own opinion. */
final class Promtool {
    private Promtool() {}

    /** The test takes no part where promtool is not installed, and says so. */
    static void require() {
        boolean there = Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, "promtool")));
        Assumptions.assumeTrue(there, "promtool is not here: apt-get install prometheus");
    }

    static void agrees(String input, String... arguments) throws IOException, InterruptedException {
        Process promtool = new ProcessBuilder(Stream.concat(Stream.of("promtool"), Stream.of(arguments))
                        .toList())
                .redirectErrorStream(true)
                .start();
        try (var out = promtool.getOutputStream()) {
            out.write(input.getBytes(StandardCharsets.UTF_8));
        }
        String said = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, promtool.waitFor(), said);
    }
}
