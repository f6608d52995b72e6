package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A package manager replaces the JDK that the supervisor runs on, as every few weeks, and takes the old one away. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ReplacedJdkIT {
    private static final String HELPER = "jspawnhelper";
    private static final Set<String> FOLDERS = Set.of("bin", "lib", "server");
    /** By whose places a JVM knows where it is. */
    private static final Set<String> COPIED = Set.of("java", "libjvm.so", "libjli.so", HELPER);

    @TempDir
    private Path directory;

    @Test
    void aSupervisorWhoseJdkIsGoneUpgradesStartsAgainAndIsReplaced() throws Exception {
        Path jdk = directory.resolve("jdk");
        mirror(Path.of(System.getProperty("java.home")), jdk);
        List<String> program = new ArrayList<>(Places.baton());
        program.set(0, jdk.resolve("bin/java").toString());
        try (RunningBaton baton =
                RunningBaton.builder().program(program.toArray(String[]::new)).start()) {
            Files.delete(jdk.resolve("lib").resolve(HELPER));
            assertEquals("upgraded", baton.upgrade("v2").text("outcome"));
            Processes.signal("KILL", baton.workers().get(2));
            await().atMost(RunningBaton.PATIENCE)
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> baton.workers().containsKey(3));
            await().atMost(RunningBaton.PATIENCE)
                    .until(() -> baton.status().text("phase").equals("serving"));
            baton.reexec();
            assertEquals("upgraded", baton.upgrade("v3").text("outcome"));
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    /** Most of it by links. */
    private static void mirror(Path from, Path to) throws IOException {
        Files.createDirectory(to);
        try (Stream<Path> entries = Files.list(from)) {
            for (Path entry : entries.toList()) {
                String name = entry.getFileName().toString();
                Path its = to.resolve(name);
                if (FOLDERS.contains(name)) {
                    mirror(entry, its);
                } else if (COPIED.contains(name)) {
                    Files.copy(entry, its);
                } else {
                    Files.createSymbolicLink(its, entry);
                }
            }
        }
    }
}
