package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.supervisor.control.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A supervisor that runs from a file, and reads it again. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ConfigurationIT {
    private static final Duration POLL = Duration.ofMillis(20);

    @TempDir
    Path directory;

    private Path write(String label, String bake) throws IOException {
        String command =
                Places.demo(label).stream().map(word -> "\"" + word + "\"").collect(Collectors.joining(", "));
        return Files.writeString(directory.resolve("it.toml"), """
                command = [%s]
                [listen]
                http = "127.0.0.1:0"
                line = { address = "127.0.0.1:0", backlog = 64 }
                [upgrade]
                bake = %s
                """.formatted(command, bake));
    }

    private static String answer(RunningBaton baton) throws Exception {
        return RawClient.get(baton.address("http"), "/").text();
    }

    @Test
    void hupReadsTheFileAgainAndABrokenOneChangesNothing() throws Exception {
        Path file = write("v1", "\"0s\"");
        try (RunningBaton baton = RunningBaton.builder().config(file).start()) {
            assertTrue(answer(baton).startsWith("v1 gen=1 "));
            int port = baton.address("http").getPort();
            assertEquals(64, baton.status().objects("listeners").get(1).number("backlog"));

            write("v2", "\"200ms\"");
            baton.signal("HUP");
            await().atMost(RunningBaton.PATIENCE)
                    .pollInterval(POLL)
                    .until(() -> List.copyOf(baton.workers().keySet()).equals(List.of(2)));
            assertTrue(answer(baton).startsWith("v2 gen=2 "));
            assertEquals(port, baton.address("http").getPort(), "the same socket");
            await().atMost(RunningBaton.PATIENCE)
                    .pollInterval(POLL)
                    .until(() -> baton.status().has("lastUpgrade"));
            JsonObject phases = baton.status().object("lastUpgrade").object("phases");
            assertTrue(phases.number("baking") >= 200, phases.toString());

            write("v3", "5");
            baton.signal("HUP");
            baton.awaitLine(".*signal=HUP upgrade=refused mistake=.*it.toml:6:8: upgrade.bake is a number.*");
            Command.Ended upgrade = Command.baton(baton.directory(), "upgrade", "--app", "it");
            assertEquals(2, upgrade.exitCode(), upgrade.output());
            assertTrue(upgrade.output().contains("it.toml:6:8: upgrade.bake is a number"), upgrade.output());
            assertTrue(answer(baton).startsWith("v2 gen=2 "));
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    @Test
    void checkAndDoctorAreForScriptsToo() throws Exception {
        Path file = write("v1", "\"0s\"");
        Command.Ended right = Command.baton(directory, "check", "--config", file.toString());
        assertEquals(0, right.exitCode(), right.output());
        write("v1", "0");
        assertEquals(
                2,
                Command.baton(directory, "check", "--config", file.toString()).exitCode());
        Command.Ended doctor = Command.baton(directory, "doctor");
        assertEquals(0, doctor.exitCode(), doctor.output());
    }
}
