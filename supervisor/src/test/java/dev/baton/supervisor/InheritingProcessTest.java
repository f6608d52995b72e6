package dev.baton.supervisor;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class InheritingProcessTest {
    /** A shell forgets variables that it has no name for. */
    @Test
    void programIsGivenVariablesThatNoShellKnows() throws Exception {
        Map<String, String> environment = Map.of("PLAIN", "1", "spring.profile", "a b=c", "A-B", "", "7", "$HOME");
        Launch launch = Lab.launch(List.of("sleep", "600"), environment, Optional.empty());
        Program program = Program.of(launch, Map.of("PATH", System.getenv("PATH")));
        WorkerProcess process = InheritingProcess.start(1, program, Map.of(), Identity.uid(), List.of(), Output.own());
        try {
            Path of = Path.of("/proc", Long.toString(process.pid()));
            await().atMost(20, TimeUnit.SECONDS)
                    .until(() -> Files.readString(of.resolve("comm")).strip().equals("sleep"));
            assertEquals("sleep\0" + "600\0", Files.readString(of.resolve("cmdline")));
            Map<String, String> given = new TreeMap<>();
            for (String variable : Files.readString(of.resolve("environ")).split("\0")) {
                given.put(variable.substring(0, variable.indexOf('=')), variable.substring(variable.indexOf('=') + 1));
            }
            Map<String, String> expected = new TreeMap<>(environment);
            expected.put("LISTEN_PID", Long.toString(process.pid()));
            given.keySet().retainAll(expected.keySet());
            assertEquals(expected, given);
        } finally {
            process.signal(Signal.KILL);
        }
    }
}
