package dev.baton.supervisor.control;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.supervisor.Installed;
import dev.baton.supervisor.Outcome;
import dev.baton.supervisor.UpgradeRequest;
import dev.baton.supervisor.config.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The endpoint through a real unix socket, with curl. */
class ControlEndpointTest {
    @TempDir
    Path directory;

    private final FakeSupervision supervision = new FakeSupervision();
    private Path socket;
    private ControlEndpoint endpoint;

    @BeforeEach
    void start() throws IOException {
        socket = directory.resolve("control.sock");
        endpoint = ControlEndpoint.start(supervision, new EventLog(), socket, Set.of());
    }

    @AfterEach
    void close() throws IOException {
        endpoint.close();
    }

    @Test
    void statusHasTheShapeOfTheContract() throws Exception {
        supervision.remember(FakeSupervision.upgraded(2));

        Curl.Result result = Curl.get(socket, "/v1/status");

        assertEquals(200, result.status());
        assertTrue(result.headers().contains("Content-Type: application/json"), result.headers());
        String expected =
                """
                {"app":"shop","phase":"serving",\
                "supervisor":{"pid":%d,"version":"%s","startedAt":"2026-11-20T22:00:00Z",\
                "restarts":{"total":0,"inARow":0,"reason":null,"next":null}},\
                "listeners":[{"name":"http","address":"0.0.0.0:8080","backlog":4096,"queued":0,"dropped":0}],\
                "workers":[{"generation":3,"role":"active","pid":99,"startedAt":"2026-11-20T22:01:01Z",\
                "command":["java","-jar","shop.jar"],"connections":{"active":2,"idle":14,"handedOver":16},"park":true}],\
                "lastUpgrade":{"id":2,"outcome":"upgraded","from":2,"to":3,\
                "phases":{"starting":812,"warming":120,"baking":5000,"draining":31},"reason":null,"output":[]}}
                """.formatted(ProcessHandle.current().pid(), Version.current().baton());
        assertEquals(expected, result.body());
    }

    @Test
    void statusWithoutAnUpgradeHasNone() throws Exception {
        assertTrue(Curl.get(socket, "/v1/status").body().endsWith("\"lastUpgrade\":null}\n"));
    }

    @Test
    void metricsAreScrapedInTheFormatThatIsAskedFor() throws Exception {
        Curl.Result plain = Curl.get(socket, "/metrics");
        Curl.Result open = Curl.get(socket, "/metrics", "-H", "Accept: application/openmetrics-text");

        assertEquals(200, plain.status());
        assertTrue(plain.headers().contains("Content-Type: text/plain;version=0.0.4"), plain.headers());
        assertTrue(plain.body().contains("baton_generation 3"), plain.body());
        assertTrue(open.headers().contains("Content-Type: application/openmetrics-text"), open.headers());
    }

    @Test
    void upgradeAnswersAtOnceWithItsId() throws Exception {
        Curl.Result result = Curl.post(
                socket,
                "/v1/upgrade",
                "{\"command\":[\"java\",\"-jar\",\"v2.jar\"],\"environment\":{\"A\":\"b\"},\"directory\":\"/srv\"}");

        assertEquals(202, result.status());
        assertEquals("{\"id\":1,\"phase\":\"starting\"}\n", result.body());
        assertTrue(result.headers().contains("Location: /v1/upgrades/1"), result.headers());
        assertEquals(
                List.of(new UpgradeRequest(
                        List.of("java", "-jar", "v2.jar"), Map.of("A", "b"), Optional.of(Path.of("/srv")))),
                supervision.requests());
    }

    @Test
    void upgradeWithoutABodyIsTheSameCommandAgain() throws Exception {
        assertEquals(202, Curl.get(socket, "/v1/upgrade", "-X", "POST").status());
        assertEquals(List.of(UpgradeRequest.again()), supervision.requests());
    }

    @Test
    void textThatNoProgramCanBeGivenIsABadRequest() throws Exception {
        for (String body : List.of(
                "{\"command\": [\"half\\ud800\"]}",
                "{\"command\": [\"java\", \"a\\u0000\"]}",
                "{\"environment\": {\"A\": \"\\udc00half\"}}",
                "{\"environment\": {\"half\\ud800\": \"b\"}}")) {
            Curl.Result result = Curl.post(socket, "/v1/upgrade", body);
            assertEquals(400, result.status(), body);
            assertTrue(result.body().contains("no program can be given"), result.body());
        }
        assertEquals(List.of(), supervision.requests());
    }

    @Test
    void upgradeThatIsWaitedForAnswersWithItsOutcome() throws Exception {
        supervision.ends(FakeSupervision.upgraded(1));

        Curl.Result result = Curl.post(socket, "/v1/upgrade?wait=60s", "{}");

        assertEquals(200, result.status());
        assertTrue(result.body().contains("\"outcome\":\"upgraded\""), result.body());
        assertTrue(result.body().contains("\"phase\":null"), result.body());
    }

    @Test
    void upgradeThatFailsAnswersWithReasonAndLastLines() throws Exception {
        supervision.ends(FakeSupervision.failed(
                1, Outcome.EXITED_BEFORE_READY, "the candidate exited with 1", List.of("no main class")));

        Curl.Result result = Curl.post(socket, "/v1/upgrade?wait=60s", "{}");

        assertEquals(502, result.status());
        assertTrue(result.headers().contains("Content-Type: application/problem+json"), result.headers());
        JsonObject json = JsonObject.parse(result.body());
        assertEquals(502, json.number("status"));
        assertEquals("the candidate exited with 1", json.text("detail"));
        assertEquals("exited-before-ready", json.text("outcome"));
        assertEquals(List.of("no main class"), json.texts("output"));
        assertEquals(75, json.object("phases").number("starting"));
    }

    @Test
    void upgradeThatOutlastsTheWaitAnswersWithItsIdAndPhase() throws Exception {
        Curl.Result result = Curl.post(socket, "/v1/upgrade?wait=50ms", "{}");

        assertEquals(202, result.status());
        assertEquals("{\"id\":1,\"phase\":\"starting\"}\n", result.body());
    }

    @Test
    void refusalIsAConflictWithItsReason() throws Exception {
        supervision.refuses("upgrade 7 is running; wait for it");

        for (String path : List.of("/v1/upgrade", "/v1/upgrade?wait=1s", "/v1/rollback", "/v1/reexec")) {
            Curl.Result result = Curl.post(socket, path, "");
            assertEquals(409, result.status());
            JsonObject json = JsonObject.parse(result.body());
            assertEquals("upgrade 7 is running; wait for it", json.text("detail"));
            assertEquals("refused", json.text("outcome"));
        }
    }

    @Test
    void upgradesAreListedAndFoundById() throws Exception {
        supervision.remember(FakeSupervision.upgraded(1));
        supervision.remember(FakeSupervision.running(2));
        supervision.phase("upgrading");

        JsonObject one = JsonObject.parse(Curl.get(socket, "/v1/upgrades/2").body());
        List<JsonObject> all =
                JsonObject.parse(Curl.get(socket, "/v1/upgrades").body()).objects("upgrades");

        assertEquals("starting", one.text("phase"));
        assertFalse(one.has("outcome"));
        assertEquals(
                List.of(1L, 2L), all.stream().map(json -> json.number("id")).toList());
        assertEquals(404, Curl.get(socket, "/v1/upgrades/3").status());
        assertEquals(404, Curl.get(socket, "/v1/upgrades/x").status());
        assertEquals(404, Curl.get(socket, "/v1/upgrades/" + "9".repeat(40)).status());
    }

    @Test
    void commandMayHoldTheLongestArgumentThatTheKernelTakes() throws Exception {
        List<String> command = List.of("java", "-cp", "x".repeat(128 * 1024 - 1)); // MAX_ARG_STRLEN, execve(2)
        assertEquals(
                202,
                ControlClient.of(socket)
                        .post("/v1/upgrade", Map.of("command", command))
                        .status());
        assertEquals(command, supervision.requests().get(0).command());
    }

    @Test
    void rollbackTellsTheUpgradeThatItIsAbout() throws Exception {
        supervision.remember(FakeSupervision.running(7));
        Curl.Result rollback = Curl.post(socket, "/v1/rollback", "");
        assertEquals(202, rollback.status());
        assertEquals("{\"id\":7,\"phase\":\"serving\"}\n", rollback.body());
    }

    @Test
    void rollbackReexecAndStopAreAccepted() throws Exception {
        assertEquals(202, Curl.post(socket, "/v1/rollback", "").status());
        assertEquals(202, Curl.post(socket, "/v1/reexec", "").status());
        Curl.Result stop = Curl.post(socket, "/v1/stop", "");
        assertEquals(202, stop.status());
        assertEquals("{\"phase\":\"stopping\"}\n", stop.body());
    }

    @Test
    void healthIsWhetherAWorkerAccepts() throws Exception {
        assertEquals("ok\n", Curl.get(socket, "/healthz").body());
        supervision.nobodyAccepts().phase("starting");
        Curl.Result result = Curl.get(socket, "/healthz");
        assertEquals(503, result.status());
        assertTrue(result.body().contains("starting"), result.body());
    }

    @Test
    void metricsWaitForWorkersThatAreToSayWhatTheyHaveServed() throws Exception {
        Installed.assume("curl"); // the one that has to wait is another thread's
        CompletableFuture<Void> counted = new CompletableFuture<>();
        supervision.counts(counted);
        CompletableFuture<Curl.Result> asked = CompletableFuture.supplyAsync(this::metrics);
        await().atMost(30, SECONDS).until(() -> counted.getNumberOfDependents() > 0);
        assertEquals(200, Curl.get(socket, "/v1/status").status(), "nobody else waits");
        assertFalse(asked.isDone());
        counted.complete(null);
        assertTrue(asked.join().body().contains("baton_generation"), asked::toString);
    }

    private Curl.Result metrics() {
        try {
            return Curl.get(socket, "/metrics");
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void unknownPathNamesThoseThereAre() throws Exception {
        Curl.Result result = Curl.get(socket, "/v1/statsu");
        assertEquals(404, result.status());
        assertTrue(result.body().contains("/v1/status"), result.body());
    }

    @Test
    void wrongMethodNamesTheRightOnes() throws Exception {
        Curl.Result get = Curl.get(socket, "/v1/upgrade");
        assertEquals(405, get.status());
        assertTrue(get.headers().contains("Allow: POST"), get.headers());
        assertTrue(Curl.get(socket, "/v1/status", "-X", "DELETE").headers().contains("Allow: GET, HEAD"));
        assertEquals(200, Curl.get(socket, "/v1/status", "--head").status());
    }

    @Test
    void badOrdersSayWhatWouldBeRight() throws Exception {
        assertBad("{\"comand\":[]}", "unknown key \\\"comand\\\"; an upgrade takes command, directory, environment");
        assertBad("{\"command\":\"java\"}", "command must be an array");
        assertBad("{\"command\":[]}", "command is empty");
        assertBad("{\"command\":[1]}", "every element of command must be a string");
        assertBad("{\"environment\":{\"A=B\":\"c\"}}", "cannot be a variable's name");
        assertBad("{\"directory\":\"srv\"}", "must be an absolute path");
        assertBad("{\"command\":", "not a JSON object");
        assertBad("[]", "not a JSON object");
        assertBad("{} {}", "something follows");
        assertBad("{\"command\":[\"a\"],\"command\":[\"b\"]}", "Duplicate");
        assertBad("[".repeat(10_000), "not a JSON object");
        assertTrue(Curl.post(socket, "/v1/upgrade?wait=60", "").body().contains("write 250ms"));
        assertTrue(Curl.post(socket, "/v1/upgrade?wait=2h", "").body().contains("at most 1 h"));
        assertTrue(Curl.post(socket, "/v1/upgrade?wiat=2h", "").body().contains("unknown parameter"));
        assertEquals(List.of(), supervision.requests());
    }

    private void assertBad(String body, String detail) throws Exception {
        Curl.Result result = Curl.post(socket, "/v1/upgrade", body);
        assertEquals(400, result.status(), result.body());
        assertTrue(result.headers().contains("Content-Type: application/problem+json"), result.headers());
        assertTrue(result.body().contains(detail), result.body());
    }

    @Test
    void serverComesUpWithItsFirstClient() throws Exception {
        assertFalse(endpoint.isUp());
        assertEquals(200, Curl.get(socket, "/v1/status").status());
        assertTrue(endpoint.isUp());
    }

    @Test
    void serverIsUpAfterARehearsal() {
        endpoint.rehearse();
        assertTrue(endpoint.isUp());
    }

    @Test
    void rehearsalThatFailsHarmsNothing() throws Exception {
        endpoint.close();
        endpoint.rehearse();
        assertFalse(endpoint.isUp());
    }

    @Test
    void socketIsItsOwnersAlone() throws Exception {
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
    }

    @Test
    void socketLeftByADeadSupervisorIsReplaced() throws Exception {
        endpoint.close();
        assertFalse(Files.exists(socket));
        Files.createFile(socket);
        endpoint = ControlEndpoint.start(supervision, new EventLog(), socket, Set.of(1));
        assertEquals(200, Curl.get(socket, "/v1/status").status());
        assertEquals("rw-rw----", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
    }

    @Test
    void waitingHoldsNoThreads() throws Exception {
        List<Thread> waiting = java.util.stream.IntStream.range(0, 30)
                .mapToObj(i -> new Thread(() -> {
                    try {
                        Curl.post(socket, "/v1/upgrade?wait=30s", "");
                    } catch (IOException | InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }))
                .toList();
        waiting.forEach(Thread::start);
        await().atMost(20, SECONDS).until(() -> supervision.requests().size() == 30);

        assertEquals(200, Curl.get(socket, "/v1/status").status());

        supervision.ends(FakeSupervision.upgraded(1));
        for (Thread thread : waiting) {
            thread.join(SECONDS.toMillis(20));
            assertFalse(thread.isAlive());
        }
    }
}
