package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.supervisor.control.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What an operator sees of the connections while a drain runs, and how the commands that tell end. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class LiveViewIT {
    private static final int BUSY = 3;
    private static final int IDLE = 20;

    @Test
    void theStatusShowsWhatIsActiveIdleAndHandedOverWhileTheDrainRuns() throws Exception {
        List<KeptConnection> clients = new ArrayList<>();
        try (RunningBaton baton = RunningBaton.builder().start()) {
            for (int i = 0; i < IDLE + BUSY; i++) {
                KeptConnection client = KeptConnection.to(baton.address("http"));
                client.ask("/");
                clients.add(client);
            }
            List<KeptConnection> busy = clients.subList(IDLE, IDLE + BUSY);
            for (KeptConnection client : busy) {
                client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello"); // and no more yet
            }
            awaitConnections(baton, 1, "active", BUSY, IDLE, 0);
            String id = baton.beginUpgrade(Places.demo("v2")).json().number("id") + "";
            awaitConnections(baton, 1, "retiring", BUSY, 0, IDLE);
            awaitConnections(baton, 2, "active", 0, IDLE, 0);
            assertEquals("draining", baton.status().text("phase"));
            Command.Ended status = Command.baton(baton.directory(), "status", "--app", "it");
            assertEquals(0, status.exitCode(), status.output());
            assertTrue(
                    status.output()
                            .lines()
                            .anyMatch(line ->
                                    line.matches(" *1 +retiring +\\d+ +\\S.* +" + BUSY + " +0 +" + IDLE + " .*")),
                    status.output());
            for (KeptConnection client : busy) {
                KeptConnection.Answer answer = client.send("world").answer();
                assertEquals("helloworld", answer.text());
                assertEquals(1, answer.generation());
            }
            await().atMost(RunningBaton.PATIENCE)
                    .until(() -> "upgraded"
                            .equals(baton.control()
                                    .get("/v1/upgrades/" + id)
                                    .json()
                                    .optionalText("outcome")
                                    .orElse("")));
            awaitConnections(baton, 2, "active", 0, IDLE + BUSY, 0);
        } finally {
            for (KeptConnection client : clients) {
                client.close();
            }
        }
    }

    @Test
    void whatNobodyReadsAnyMoreEndsAndWhatCannotBeWrittenIsSaid() throws Exception {
        try (RunningBaton baton = RunningBaton.builder().start()) {
            Command.Ended read = shell(baton, "\"$@\" status --watch --json | head -n 1");
            assertEquals(0, read.exitCode(), read.output());
            assertTrue(read.output().matches("\\{\"app\":\"it\".*"), read.output());
            Command.Ended full = shell(baton, "\"$@\" status >/dev/full");
            assertEquals(1, full.exitCode(), full.output());
            assertTrue(full.output().contains("No space left on device"), full.output());
        }
    }

    private static Command.Ended shell(RunningBaton baton, String script) throws Exception {
        List<String> command = new ArrayList<>(List.of("sh", "-c", script, "sh"));
        command.addAll(Places.baton());
        return Command.run(baton.directory(), command);
    }

    private static void awaitConnections(
            RunningBaton baton, int generation, String role, int active, int idle, int handedOver) {
        await().atMost(RunningBaton.PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .untilAsserted(() -> {
                    Optional<JsonObject> worker = baton.worker(generation);
                    assertTrue(worker.isPresent(), () -> "there is no generation " + generation);
                    JsonObject connections = worker.get().object("connections");
                    assertEquals(
                            List.of(role, (long) active, (long) idle, (long) handedOver),
                            List.of(
                                    worker.get().text("role"),
                                    connections.number("active"),
                                    connections.number("idle"),
                                    connections.number("handedOver")));
                });
    }
}
