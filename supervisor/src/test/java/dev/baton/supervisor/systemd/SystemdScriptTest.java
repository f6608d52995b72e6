package dev.baton.supervisor.systemd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code scripts/systemd-test}, which leaves all of it out where it cannot run. */
class SystemdScriptTest {
    private static final int CANNOT_RUN = 77;

    @Test
    void whatIsLeftOutIsNoSuccess(@TempDir Path few) throws Exception {
        for (String program : List.of("dirname", "readlink", "id")) {
            Files.createSymbolicLink(few.resolve(program), Path.of("/usr/bin", program));
        }
        ProcessBuilder script = new ProcessBuilder(
                "/bin/sh", Path.of("..", "scripts", "systemd-test").toString());
        script.environment().put("PATH", few.toString());
        Process process = script.redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(CANNOT_RUN, process.waitFor(), said);
        assertTrue(said.startsWith("systemd-test: skipped, nothing is tested: "), said);
    }
}
