package dev.baton.supervisor.cli;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.supervisor.Outcome;
import dev.baton.supervisor.Status;
import dev.baton.supervisor.Transition;
import dev.baton.supervisor.UpgradeRequest;
import dev.baton.supervisor.control.ControlClient;
import dev.baton.supervisor.control.ControlEndpoint;
import dev.baton.supervisor.control.EventLog;
import dev.baton.supervisor.control.FakeSupervision;
import dev.baton.supervisor.control.JsonObject;
import dev.baton.supervisor.control.NoSupervisorException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client commands against a control endpoint with a fake supervisor behind it. */
class CommandLineTest {
    private static final String BUSY = CannedEndpoint.json(503, "{\"detail\":\"Too many clients\"}");
    private static final String CUT_OFF = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"app\":\"shop\"";

    @TempDir
    Path base;

    private final FakeSupervision supervision = new FakeSupervision();
    private final EventLog log = new EventLog();
    private final List<ControlEndpoint> endpoints = new ArrayList<>();
    private final List<CannedEndpoint> canned = new ArrayList<>();

    private void supervise(String app) throws IOException {
        Path home = Files.createDirectory(base.resolve(app));
        endpoints.add(ControlEndpoint.start(supervision, log, home.resolve("control.sock"), Set.of()));
    }

    @AfterEach
    void close() throws IOException {
        for (ControlEndpoint endpoint : endpoints) {
            endpoint.close();
        }
        for (CannedEndpoint endpoint : canned) {
            endpoint.close();
        }
    }

    private Path answering(String answer) throws IOException {
        Path socket = base.resolve("canned-" + canned.size() + ".sock");
        canned.add(new CannedEndpoint(socket, request -> answer));
        return socket;
    }

    private Shell.Result run(String... arguments) {
        return Shell.plain(base).run(arguments).fitsTheTerminal();
    }

    // ---- finding the supervisor ----

    @Test
    void withoutASupervisorEveryClientCommandSaysHowToStartOne() {
        for (String command : List.of("upgrade", "rollback", "reexec", "status", "stop")) {
            Shell.Result result = run(command);
            assertEquals(4, result.exit(), command);
            assertTrue(result.err().contains("baton " + command + ": no supervisor"), result.err());
            assertTrue(result.err().contains("→ start one: baton run"), result.err());
        }
    }

    @Test
    void oneSupervisorNeedsNoName() throws Exception {
        supervise("shop");
        supervision.ends(FakeSupervision.upgraded(1));
        assertEquals(0, run("upgrade").exit());
    }

    @Test
    void ofSeveralSupervisorsOneMustBeNamed() throws Exception {
        supervise("shop");
        supervise("shop-2");
        Shell.Result result = run("upgrade");
        assertEquals(2, result.exit());
        assertTrue(result.err().contains("2 supervisors run here"), result.err());
        assertTrue(result.err().contains("--app shop"), result.err());
    }

    @Test
    void nameOfAnotherAppFindsNothing() throws Exception {
        supervise("shop");
        Shell.Result result = run("upgrade", "--app", "blog");
        assertEquals(4, result.exit());
        assertTrue(result.err().contains("no supervisor answers for blog"), result.err());
    }

    @Test
    void socketOfADeadSupervisorCountsAsNone() throws Exception {
        Path home = Files.createDirectory(base.resolve("shop"));
        new CannedEndpoint(home.resolve("control.sock"), request -> "").abandon();
        assertEquals(4, run("upgrade").exit());
    }

    @Test
    void besideOneThatDoesNotAnswerOneMustBeNamedToo() throws Exception {
        supervise("shop");
        AtomicReference<String> answer = new AtomicReference<>();
        Path blog = Files.createDirectory(base.resolve("blog")).resolve("control.sock");
        canned.add(new CannedEndpoint(blog, request -> answer.get()));
        for (String unwell : List.of(BUSY, CUT_OFF)) {
            answer.set(unwell);
            Shell.Result result = run("upgrade", "--no-wait");
            assertEquals(2, result.exit(), result.err());
            assertTrue(result.err().contains("2 supervisors run here: shop, " + blog), result.err());
            assertTrue(result.err().contains("--app shop"), result.err());
            assertEquals(List.of(), supervision.requests());
        }
        supervision.ends(FakeSupervision.upgraded(1));
        assertEquals(0, run("upgrade", "--app", "shop").exit());
        answer.set(""); // as one that does not let this user in
        assertEquals(0, run("upgrade").exit());
    }

    @Test
    void eventsAreALineEachUntilTheSupervisorStops() throws Exception {
        String event = """
                {"id":5,"at":"2026-11-20T22:00:00.123Z","app":"shop","from":"serving","to":"stopping",\
                "workers":[{"generation":3,"role":"active"},{"generation":4,"role":"candidate"}],\
                "upgrade":{"id":2,"outcome":null,"phase":"starting"}}""";
        String stream =
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: hello\n\nid: 5\ndata: " + event + "\n\n";
        CannedEndpoint endpoint = new CannedEndpoint(
                base.resolve("canned.sock"),
                request -> request.startsWith("GET /v1/status")
                        ? CannedEndpoint.json(200, "{\"app\":\"shop\",\"supervisor\":{\"pid\":1}}")
                        : stream);
        canned.add(endpoint);
        String path = base.resolve("canned.sock").toString();

        Shell.Result result = run("events", "--control", path);
        assertEquals(0, result.exit(), result.err());
        assertTrue(
                result.out()
                        .matches("\\d\\d:\\d\\d:00\\.123  shop  stopping  active 3, candidate 4  upgrade 2 starting\n"),
                result.out());
        assertEquals(
                event + "\n",
                Shell.plain(base).run("events", "--control", path, "--json").out());
    }

    @Test
    void whoFollowsIsToldNothingFromBeforeItBeganThoughTheStreamEndsBeforeTheFirstEvent() throws Exception {
        supervise("shop");
        happens("starting", "serving");
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        CompletableFuture<Shell.Result> result =
                CompletableFuture.supplyAsync(() -> Shell.plain(base).run(new Printout(printed), "events", "--json"));
        await().atMost(20, SECONDS).until(() -> log.followers() == 1);
        endpoints.get(0).close();
        endpoints.add(ControlEndpoint.start(supervision, log, base.resolve("shop/control.sock"), Set.of()));
        happens("serving", "stopping");
        awaitText(printed, "\"stopping\"");
        endpoints.get(1).close();
        assertEquals(0, result.get(20, SECONDS).exit(), () -> result.join().err());
        assertEquals(1, printed.toString(StandardCharsets.UTF_8).lines().count(), printed::toString);
    }

    @Test
    void whoFollowsGoesOnWithTheNextProgramOfTheSupervisor() throws Exception {
        supervise("shop");
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        CompletableFuture<Shell.Result> result =
                CompletableFuture.supplyAsync(() -> Shell.plain(base).run(new Printout(printed), "events", "--json"));
        await().atMost(20, SECONDS).until(() -> log.followers() == 1);
        happens("serving", "upgrading");
        awaitText(printed, "\"upgrading\"");
        endpoints.get(0).close();
        EventLog next = new EventLog();
        next.accept(new Transition(Instant.now(), "shop", "upgrading", "baking", List.of(), Optional.empty()));
        Path socket = base.resolve("shop/control.sock");
        endpoints.add(ControlEndpoint.start(supervision, next, socket, Set.of()));
        next.accept(new Transition(Instant.now(), "shop", "baking", "stopping", List.of(), Optional.empty()));
        awaitText(printed, "\"stopping\"");
        endpoints.get(1).close();
        assertEquals(0, result.get(20, SECONDS).exit(), () -> result.join().err());
        assertEquals(
                List.of("upgrading", "baking", "stopping"),
                printed.toString(StandardCharsets.UTF_8)
                        .lines()
                        .map(event -> JsonObject.parse(event).text("to"))
                        .toList());
    }

    private static void awaitText(ByteArrayOutputStream printed, String text) {
        await().atMost(20, SECONDS)
                .until(() -> printed.toString(StandardCharsets.UTF_8).contains(text));
    }

    private void happens(String from, String to) {
        log.accept(new Transition(Instant.now(), "shop", from, to, List.of(), Optional.empty()));
    }

    @Test
    void supervisorThatGoesAwayWithoutAWordIsMissedByWhoFollows() throws Exception {
        Path socket = base.resolve("canned.sock");
        CannedEndpoint endpoint = new CannedEndpoint(socket, request -> "HTTP/1.1 200 OK\r\n\r\n: hello\n\n");
        Found found = new Found(ControlClient.of(socket), JsonObject.parse("{\"phase\":\"serving\"}"));
        Following following = new Following(found, new Printout(OutputStream.nullOutputStream()), Duration.ofMillis(1));
        assertThrows(
                NoSupervisorException.class,
                () -> following.follow(() -> assertDoesNotThrow(endpoint::close), event -> {}));
    }

    @Test
    void orderIsWaitedForLongerThanALook() throws Exception {
        CountDownLatch ordered = new CountDownLatch(1);
        CountDownLatch decided = new CountDownLatch(1);
        Path socket = base.resolve("canned.sock");
        canned.add(new CannedEndpoint(socket, request -> {
            ordered.countDown();
            assertDoesNotThrow(() -> decided.await(20, SECONDS));
            return CannedEndpoint.json(202, "{}");
        }));
        ControlClient client = new ControlClient(socket, Duration.ofMillis(50), Duration.ofSeconds(20));
        CompletableFuture<ControlClient.Reply> order =
                CompletableFuture.supplyAsync(() -> assertDoesNotThrow(() -> client.post("/v1/reexec", Map.of())));
        assertTrue(ordered.await(20, SECONDS));
        NoSupervisorException hangs = assertThrows(NoSupervisorException.class, () -> client.get("/v1/status"));
        assertTrue(hangs.isUnwell(), hangs::getMessage);
        decided.countDown();
        assertEquals(202, order.get(20, SECONDS).status());
    }

    @Test
    void ownControlSocketIsFoundByItsPath() throws Exception {
        Path socket = base.resolve("own.sock");
        endpoints.add(ControlEndpoint.start(supervision, new EventLog(), socket, Set.of()));
        assertEquals(0, run("status", "--control", socket.toString()).exit());
        assertEquals(
                4, run("status", "--control", base.resolve("none").toString()).exit());
    }

    @Test
    void whateverElseAnswersIsNoSupervisor() throws Exception {
        for (String answer : List.of(
                "", "SSH-2.0-OpenSSH\r\n", CannedEndpoint.json(200, "[]"), CannedEndpoint.json(200, "{}"), BUSY)) {
            assertEquals(
                    4, run("status", "--control", answering(answer).toString()).exit(), answer);
        }
    }

    @Test
    void answerThatIsCutOffCountsAsNone() throws Exception {
        Path socket = answering(CUT_OFF);
        Shell.Result result = run("status", "--control", socket.toString());
        assertEquals(4, result.exit());
        assertTrue(result.err().contains("in the middle of its answer"), result.err());
    }

    // ---- upgrade ----

    @Test
    void upgradeThatSucceedsShowsItsPhases() throws Exception {
        supervise("shop");
        supervision.ends(FakeSupervision.upgraded(1));

        Shell.Result result = run("upgrade", "--app", "shop", "--", "java", "-jar", "v2.jar", "--", "--help");

        assertEquals(0, result.exit(), result.err());
        assertEquals("", result.err());
        assertTrue(
                result.out()
                        .matches("(?s)shop: upgrade 1, generation 2 → 3\n  starting 812 ms\n  warming 120 ms\n"
                                + "  baking 5 s\n  draining 31 ms\n"
                                + "upgraded: shop generation 3 serves \\(.*\\)\n"),
                result.out());
        assertEquals(
                List.of(new UpgradeRequest(
                        List.of("java", "-jar", "v2.jar", "--", "--help"), Map.of(), Optional.empty())),
                supervision.requests());
    }

    @Test
    void upgradeTakesItsCommandWithoutDashesToo() throws Exception {
        supervise("shop");
        supervision.ends(FakeSupervision.upgraded(1));
        run("upgrade", "java", "-jar", "v2.jar", "@file");
        assertEquals(
                List.of("java", "-jar", "v2.jar", "@file"),
                supervision.requests().get(0).command());
    }

    @Test
    void upgradeThatFailsShowsWhyAndTheLastLines() throws Exception {
        supervise("shop");
        supervision.ends(FakeSupervision.failed(
                1,
                Outcome.EXITED_BEFORE_READY,
                "generation 3 (pid 4711) exited with code 1 before it was ready",
                List.of("Exception in thread \"main\"", "\tat com.foo.Bar", "\u001b[31mno \u009b31m\u202emain class")));

        Shell.Result result = run("upgrade");

        assertEquals(1, result.exit());
        assertTrue(result.out().contains("exited-before-ready: shop generation 3 serves"), result.out());
        assertTrue(result.out().contains("why: generation 3 (pid 4711) exited"), result.out());
        assertTrue(result.out().contains("    | Exception in thread \"main\"\n"), result.out());
        assertTrue(result.out().contains("    |     at com.foo.Bar\n"), result.out());
        assertTrue(result.out().contains("    | ·[31mno ·31m·main class\n"), "a worker's escapes reach the terminal");
    }

    @Test
    void upgradeThatIsRefusedSaysWhy() throws Exception {
        supervise("shop");
        supervision.refuses("upgrade 7 is running, in phase baking: wait for its end and ask again");
        Shell.Result result = run("upgrade");
        assertEquals(3, result.exit());
        assertTrue(result.err().contains("the upgrade of shop is refused: upgrade 7 is running"), result.err());
    }

    @Test
    void upgradeIsWatchedOnWhereThereWasNoPlaceForAMoment() throws Exception {
        String crowded = CannedEndpoint.json(503, "{\"detail\":\"64 clients are connected already\"}");
        Deque<String> answers = new ArrayDeque<>(List.of(
                CannedEndpoint.json(200, "{\"app\":\"shop\",\"supervisor\":{\"pid\":1}}"),
                crowded,
                CannedEndpoint.json(202, "{\"id\":1}"),
                crowded,
                CannedEndpoint.json(
                        200, "{\"id\":1,\"outcome\":\"upgraded\",\"from\":2,\"to\":3,\"phases\":{\"starting\":1}}"),
                crowded,
                CannedEndpoint.json(200, "{\"workers\":[{\"generation\":3,\"role\":\"active\"}]}")));
        canned.add(new CannedEndpoint(base.resolve("canned.sock"), request -> answers.remove()));
        Shell.Result result =
                run("upgrade", "--control", base.resolve("canned.sock").toString());
        assertEquals(0, result.exit(), result.err());
        assertTrue(result.out().contains("upgraded: shop generation 3 serves"), result.out());
    }

    @Test
    void orderForWhichThereIsNoPlaceIsNoBug() throws Exception {
        Shell.Result result =
                refusedWith(CannedEndpoint.json(503, "{\"detail\":\"64 clients are connected already\"}"), "rollback");
        assertEquals(4, result.exit());
        assertTrue(result.err().contains("the rollback of shop: 64 clients are connected already"), result.err());
    }

    @Test
    void commandThatIsTooLongIsSaidToBe() throws Exception {
        Shell.Result result =
                refusedWith(CannedEndpoint.json(413, "{\"detail\":\"A body has at most 9 bytes here.\"}"), "upgrade");
        assertEquals(2, result.exit());
        assertTrue(result.err().contains("its command is too long: A body has at most 9 bytes here."), result.err());
    }

    private Shell.Result refusedWith(String answer, String command) throws IOException {
        canned.add(new CannedEndpoint(
                base.resolve("canned.sock"),
                request -> request.startsWith("GET /v1/status")
                        ? CannedEndpoint.json(200, "{\"app\":\"shop\",\"supervisor\":{\"pid\":1}}")
                        : answer));
        return run(command, "--control", base.resolve("canned.sock").toString());
    }

    @Test
    void upgradeThatIsNotWaitedForReturnsAtOnce() throws Exception {
        supervise("shop");
        Shell.Result result = run("upgrade", "--no-wait");
        assertEquals(0, result.exit());
        assertTrue(result.out().contains("upgrade 1 has begun"), result.out());
    }

    @Test
    void upgradeThatOutlastsTheTimeoutIsNotDone() throws Exception {
        supervise("shop");
        Shell.Result result = run("upgrade", "--timeout", "150ms");
        assertEquals(1, result.exit());
        assertTrue(result.err().contains("upgrade 1 is not over after 150 ms: it is starting"), result.err());
    }

    @Test
    void upgradeIsWatchedOnInTheNextProgramOfTheSupervisor() throws Exception {
        supervise("shop");
        CompletableFuture<Shell.Result> result = CompletableFuture.supplyAsync(() -> run("upgrade"));
        await().atMost(10, SECONDS).until(() -> supervision.requests().size() == 1);
        endpoints.get(0).close();
        supervision.ends(FakeSupervision.upgraded(1));
        endpoints.add(ControlEndpoint.start(supervision, log, base.resolve("shop/control.sock"), Set.of()));
        assertEquals(0, result.get(20, SECONDS).exit(), () -> result.join().err());
    }

    @Test
    void supervisorThatGoesAwayDuringAnUpgradeIsMissed() throws Exception {
        supervise("shop");
        CompletableFuture<Shell.Result> result = CompletableFuture.supplyAsync(() -> run("upgrade"));
        await().atMost(10, SECONDS).until(() -> supervision.requests().size() == 1);
        endpoints.get(0).close();
        assertEquals(4, result.get(60, SECONDS).exit(), "one that takes over may be away for longer than it seems");
        assertTrue(
                result.get().err().contains("it went away during upgrade 1"),
                result.get().err());
    }

    @Test
    void onATerminalThePhasesAreRedrawnAndGiveWayToTheOutcome() throws Exception {
        supervise("shop");
        CompletableFuture<Shell.Result> running =
                CompletableFuture.supplyAsync(() -> Shell.onATerminal(base).run("upgrade"));
        await().atMost(10, SECONDS).until(() -> supervision.requests().size() == 1);
        supervision.ends(FakeSupervision.upgraded(1));
        String out = running.get(20, SECONDS).out();

        assertTrue(out.startsWith("\u001b[1mshop: upgrade 1, generation 2 → 3\u001b[0m"), out);
        String last = out.substring(out.lastIndexOf("\u001b[J") + 3);
        assertTrue(last.startsWith("\u001b[1;32mupgraded\u001b[0m: shop generation 3 serves"), last);
        assertTrue(last.contains("starting 812 ms, warming 120 ms, baking 5 s, draining 31 ms"), last);
        for (String drawn : out.split("\n")) {
            assertTrue(drawn.replaceAll("\r|\u001b\\[[0-9;]*[a-zA-Z]", "").length() < 80, drawn);
        }
    }

    @Test
    void upgradeThatIsRefusedTellsWhereToLook() throws Exception {
        supervise("shop");
        supervision.refuses("upgrade 7 is running, in phase baking: wait for its end and ask again");
        for (String command : List.of("upgrade", "rollback", "reexec")) {
            Shell.Result result = run(command);
            assertEquals(3, result.exit(), command);
            assertTrue(result.err().contains("→ look at it with: baton status --watch --app shop"), result.err());
        }
    }

    @Test
    void watchedStatusOfASupervisorThatStopsIsPlainLines() throws Exception {
        supervise("shop");
        // A thread each: the common pool of a machine with two processors has but one.
        Executor each = task -> new Thread(task).start();
        ByteArrayOutputStream page = new ByteArrayOutputStream();
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        CompletableFuture<Shell.Result> pages = CompletableFuture.supplyAsync(
                () -> Shell.plain(base).run(new Printout(page), "status", "--watch"), each);
        CompletableFuture<Shell.Result> objects = CompletableFuture.supplyAsync(
                () -> Shell.plain(base).run(new Printout(json), "status", "--watch", "--json"), each);
        await().atMost(20, SECONDS).until(() -> log.followers() == 2);
        supervision.phase("stopping");
        happens("serving", "stopping");
        awaitText(page, "shop  stopping");
        awaitText(json, "\"stopping\"");
        endpoints.get(0).close();
        assertEquals(0, pages.get(20, SECONDS).exit());
        assertEquals(0, objects.get(20, SECONDS).exit());
        String text = page.toString(StandardCharsets.UTF_8);
        assertTrue(text.startsWith("shop  s"), text);
        assertFalse(text.contains("\u001b"), text);
        json.toString(StandardCharsets.UTF_8)
                .lines()
                .forEach(line -> assertTrue(line.startsWith("{\"app\":\"shop\""), line));
    }

    // ---- reexec ----

    @Test
    void reexecReturnsWhenTheNewProgramAnswers() throws Exception {
        supervise("shop");
        Shell.Result result = run("reexec");
        assertEquals(0, result.exit(), result.err());
        assertTrue(result.out().contains("shop is supervised by baton "), result.out());
    }

    @Test
    void reexecThatIsRefusedSaysWhy() throws Exception {
        supervise("shop");
        supervision.refuses("the new program cannot take over");
        Shell.Result result = run("reexec");
        assertEquals(3, result.exit());
        assertTrue(
                result.err().contains("the reexec of shop is refused: the new program cannot take over"), result.err());
    }

    // ---- rollback ----

    @Test
    void rollbackDuringAnUpgradeEndsItRolledBack() throws Exception {
        supervise("shop");
        supervision.remember(FakeSupervision.running(1));
        supervision.onRollback(() -> supervision.ends(
                FakeSupervision.failed(1, Outcome.ROLLED_BACK, "a rollback was asked for", List.of())));
        Shell.Result result = run("rollback");
        assertEquals(0, result.exit(), result.err());
        assertTrue(result.out().contains("rolled-back: shop generation 3 serves"), result.out());
    }

    @Test
    void rollbackAfterAnUpgradeIsAnotherUpgrade() throws Exception {
        supervise("shop");
        supervision.remember(FakeSupervision.upgraded(1));
        supervision.onRollback(() -> supervision.ends(FakeSupervision.upgraded(2)));
        Shell.Result result = run("rollback");
        assertEquals(0, result.exit(), result.err());
        assertTrue(result.out().contains("shop: upgrade 2"), result.out());
    }

    @Test
    void rollbackWhileAnUpgradeDrainsIsAnotherUpgradeToo() throws Exception {
        supervise("shop");
        supervision.remember(FakeSupervision.running(1));
        supervision.onRollback(() -> {
            supervision.ends(FakeSupervision.upgraded(1));
            supervision.ends(FakeSupervision.upgraded(2));
        });
        Shell.Result result = run("rollback");
        assertEquals(0, result.exit(), result.err());
        assertTrue(result.out().contains("shop: upgrade 2"), result.out());
    }

    @Test
    void rollbackThatIsRefusedSaysWhy() throws Exception {
        supervise("shop");
        supervision.refuses("there is nothing to go back to");
        Shell.Result result = run("rollback");
        assertEquals(3, result.exit());
        assertTrue(result.err().contains("there is nothing to go back to"), result.err());
    }

    // ---- status ----

    @Test
    void statusShowsListenersWorkersAndTheLastUpgrade() throws Exception {
        supervise("shop");
        supervision.remember(FakeSupervision.failed(
                1, Outcome.NOT_READY_IN_TIME, "generation 3 was not ready within 60 s", List.of()));

        Shell.Result result = run("status", "--app", "shop");

        assertEquals(0, result.exit());
        String out = result.out().replaceAll("pid \\d+, up [^,]+, baton [^)]+", "pid P, up U, baton V");
        assertTrue(out.startsWith("shop  serving  (supervisor: pid P, up U, baton V)\n"), out);
        assertTrue(out.contains("LISTENER  ADDRESS       QUEUED  BACKLOG  DROPPED\n"), out);
        assertTrue(out.contains("http      0.0.0.0:8080       0     4096        0\n"), out);
        assertTrue(out.contains("java -jar shop.jar"), out);
        assertTrue(out.contains("last upgrade: generation 2 → 3, not-ready-in-time\n"), out);
        assertTrue(out.contains("why: generation 3 was not ready within 60 s\n"), out);
    }

    @Test
    void statusSaysThatAWorkerFailsAgainAndAgain() throws Exception {
        supervise("shop");
        assertFalse(run("status").out().contains("fails to serve"));
        supervision.restarts(new Status.Restarts(
                7,
                3,
                Optional.of("generation 8 exited with 1"),
                Optional.of(Instant.now().plusSeconds(90))));
        String out = run("status").out().replaceAll("\\s+", " ");
        assertTrue(out.contains(" fails to serve: 3 in a row, 7 in all; next start in 1 min "), out);
        assertTrue(out.contains("last: generation 8 exited with 1"), out);
        supervision.restarts(new Status.Restarts(7, 3, Optional.of("generation 8 exited with 1"), Optional.empty()));
        assertTrue(run("status").out().contains("started again"));
    }

    @Test
    void statusOfAllIsOnePageAfterTheOther() throws Exception {
        supervise("shop");
        supervise("shop-2");
        Shell.Result result = run("status");
        assertEquals(0, result.exit());
        assertEquals(
                2,
                result.out().lines().filter(line -> line.startsWith("shop  ")).count());
    }

    @Test
    void statusTellsOfOneThatDoesNotAnswerToo() throws Exception {
        Path blog = Files.createDirectory(base.resolve("blog")).resolve("control.sock");
        canned.add(new CannedEndpoint(blog, request -> BUSY));
        Shell.Result alone = run("status");
        assertEquals(4, alone.exit());
        assertTrue(alone.err().contains("it answers 503: Too many clients"), alone.err());
        assertFalse(alone.err().contains("start one"), alone.err());
        supervise("shop");
        for (List<String> command : List.of(List.of("status"), List.of("status", "--json"))) {
            Shell.Result beside = Shell.plain(base).run(command.toArray(String[]::new));
            assertEquals(4, beside.exit());
            assertTrue(beside.out().contains("shop"), beside.out());
            assertTrue(beside.err().contains(blog + ": it answers 503"), beside.err());
        }
    }

    @Test
    void statusAsJsonIsWhatTheEndpointSays() throws Exception {
        supervise("shop");
        Shell shell = Shell.plain(base);
        String one = shell.run("status", "--app", "shop", "--json").out();
        assertTrue(one.startsWith("{\"app\":\"shop\",\"phase\":\"serving\""), one);
        assertTrue(shell.run("status", "--json").out().startsWith("[{\"app\":\"shop\""));
        endpoints.get(0).close();
        assertEquals("[]\n", shell.run("status", "--json").out());
        assertEquals(4, shell.run("status", "--json").exit());
    }

    @Test
    void longCommandsAreCutAtTheEdge() throws Exception {
        String status = "{\"app\":\"shop\",\"phase\":\"baking\",\"supervisor\":{\"pid\":1,\"version\":\"1\","
                + "\"startedAt\":\"2026-11-20T22:00:00Z\"},\"listeners\":[],\"workers\":[{\"generation\":3,"
                + "\"role\":\"active\",\"pid\":99,\"startedAt\":\"2026-11-20T22:00:00Z\",\"command\":[\"java\",\""
                + "x".repeat(500) + "\"],\"connections\":{\"active\":2,\"idle\":14,\"handedOver\":16}}],"
                + "\"lastUpgrade\":null}";
        Path socket = answering(CannedEndpoint.json(200, status));
        Shell.Result result = run("status", "--control", socket.toString());
        assertTrue(result.out().contains("xxx…"), result.out());
    }

    // ---- where it is printed ----

    private static Printout full() {
        return new Printout(new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        });
    }

    @Test
    void whatCannotBePrintedIsNotDone() throws Exception {
        supervise("shop");
        for (List<String> command : List.of(List.of("status"), List.of("version"), List.of("status", "--help"))) {
            Shell.Result result = Shell.plain(base).run(full(), command.toArray(String[]::new));
            assertEquals(1, result.exit(), command::toString);
            assertTrue(result.err().contains("did not take all of it: No space left on device"), result.err());
        }
    }

    @Test
    void upgradeThatCannotBePrintedIsDoneNevertheless() throws Exception {
        supervise("shop");
        supervision.ends(FakeSupervision.upgraded(1));
        Shell.Result result = Shell.plain(base).run(full(), "upgrade");
        assertEquals(0, result.exit());
        assertTrue(result.err().contains("No space left on device"), result.err());
    }

    @Test
    void whoFollowsEndsWhenWhatItPrintsIsReadNoMore() throws Exception {
        supervise("shop");
        for (List<String> command :
                List.of(List.of("events"), List.of("status", "--watch"), List.of("status", "--watch", "--json"))) {
            AtomicBoolean left = new AtomicBoolean();
            Printout out = new Printout(OutputStream.nullOutputStream(), left::get);
            CompletableFuture<Shell.Result> result =
                    CompletableFuture.supplyAsync(() -> Shell.plain(base).run(out, command.toArray(String[]::new)));
            await().atMost(20, SECONDS).until(() -> log.followers() == 1);
            left.set(true);
            happens("serving", "upgrading");
            assertEquals(1, result.get(20, SECONDS).exit(), command::toString);
            assertEquals("", result.get().err());
            await().atMost(20, SECONDS).until(() -> {
                happens("serving", "upgrading");
                return log.followers() == 0;
            });
        }
    }

    @Test
    void signOfLifeIsEnoughToNoticeThatNobodyReads() throws Exception {
        String stream = "HTTP/1.1 200 OK\r\n\r\n:\n\ndata: never read\n\n";
        CannedEndpoint endpoint = new CannedEndpoint(
                base.resolve("canned.sock"),
                request -> request.startsWith("GET /v1/status")
                        ? CannedEndpoint.json(200, "{\"app\":\"shop\",\"supervisor\":{\"pid\":1}}")
                        : stream);
        canned.add(endpoint);
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        Printout out = new Printout(printed, () -> true);
        String path = base.resolve("canned.sock").toString();
        assertEquals(
                1,
                Shell.plain(base)
                        .run(out, "events", "--json", "--control", path)
                        .exit());
        assertEquals("", printed.toString(StandardCharsets.UTF_8));
    }

    // ---- stop ----

    @Test
    void stopReturnsWhenTheProcessHasGone() throws Exception {
        Process supervisor = new ProcessBuilder("sleep", "60").start();
        Path socket = base.resolve("own.sock");
        String status = "{\"app\":\"shop\",\"phase\":\"serving\",\"supervisor\":{\"pid\":" + supervisor.pid() + "}}";
        CannedEndpoint endpoint = new CannedEndpoint(
                socket, request -> CannedEndpoint.json(request.startsWith("POST") ? 202 : 200, status));
        CompletableFuture<Shell.Result> result =
                CompletableFuture.supplyAsync(() -> run("stop", "--control", socket.toString()));
        assertEquals(
                1,
                run("stop", "--control", socket.toString(), "--timeout", "100ms")
                        .exit());
        assertFalse(result.isDone());
        endpoint.close();
        supervisor.destroy();
        assertEquals(0, result.get(20, SECONDS).exit());
        assertEquals("shop has stopped\n", result.get().out());
    }

    @Test
    void stopThatTakesTooLongLeavesNoLineBehindOnATerminal() throws Exception {
        String status = "{\"app\":\"shop\",\"phase\":\"stopping\",\"supervisor\":{\"pid\":1}}";
        Path socket = base.resolve("own.sock");
        canned.add(new CannedEndpoint(
                socket, request -> CannedEndpoint.json(request.startsWith("POST") ? 202 : 200, status)));
        Shell.Result result = Shell.onATerminal(base).run("stop", "--control", socket.toString(), "--timeout", "100ms");
        assertEquals(1, result.exit(), result.err());
        assertTrue(result.out().matches("(?s)shop is stopping.*\r\u001b\\[J"), result.out());
    }

    /** Whether it has gone is not to be told from a pid where that is another namespace's; here nobody has this one. */
    @Test
    void stopGoesOnWaitingAfterAnAnswerThatWasNone() throws Exception {
        Path socket = base.resolve("own.sock");
        String status = "{\"app\":\"shop\",\"phase\":\"stopping\",\"supervisor\":{\"pid\":" + Integer.MAX_VALUE + "}}";
        AtomicBoolean stopped = new AtomicBoolean();
        AtomicInteger polls = new AtomicInteger();
        UnaryOperator<String> answer = request -> {
            if (request.startsWith("POST")) {
                stopped.set(true);
                return CannedEndpoint.json(202, status);
            }
            return switch (stopped.get() ? polls.incrementAndGet() : 0) {
                case 1 -> CannedEndpoint.json(503, "{}");
                case 2 -> "";
                case 3 -> CannedEndpoint.json(200, "[]");
                default -> CannedEndpoint.json(200, status);
            };
        };
        try (CannedEndpoint endpoint = new CannedEndpoint(socket, answer)) {
            CompletableFuture<Shell.Result> result =
                    CompletableFuture.supplyAsync(() -> run("stop", "--control", socket.toString()));
            await().atMost(20, SECONDS).until(() -> result.isDone() || polls.get() > 5);
            assertFalse(result.isDone(), () -> result.join().out());
            endpoint.abandon();
            assertEquals(0, result.get(20, SECONDS).exit());
        }
    }

    // ---- usage ----

    @Test
    void versionTellsAllThatABugReportNeeds() {
        Shell.Result result = run("version");
        assertEquals(0, result.exit());
        assertTrue(result.out().matches("(?s)baton   \\S+\njava    .*\njffi    .*native calls work.*\nkernel  .*\n"));
    }

    @Test
    void wrongUsageIsTwoAndSaysWhatIsRight() {
        assertWrong("baton: say which command", new String[0]);
        assertWrong("did you mean upgrade?", "upgrad");
        assertWrong("Unknown option: '--ap'", "upgrade", "--ap", "shop");
        assertWrong("write 250ms, 30s, 2m or 1h; \"5\" lacks its unit", "upgrade", "--timeout", "5");
        assertWrong("Missing required parameter for option '--app'", "status", "--app");
        assertWrong("Unmatched argument", "stop", "shop");
    }

    private void assertWrong(String message, String... arguments) {
        Shell.Result result = run(arguments);
        assertEquals(2, result.exit(), result.err());
        assertTrue(result.err().contains(message), result.err());
        assertTrue(result.err().contains("--help"), result.err());
    }

    @Test
    void helpTeachesInEightyColumns() {
        assertTrue(run("--help").out().contains("To begin:"));
        for (String command : List.of("run", "upgrade", "rollback", "reexec", "status", "stop", "version")) {
            Shell.Result result = run(command, "--help");
            assertEquals(0, result.exit());
            assertTrue(result.out().contains("Usage: baton " + command), result.out());
            assertTrue(result.out().contains("Exit codes:"), result.out());
        }
        assertTrue(run("--version").out().startsWith("baton "));
    }

    @Test
    void bugIsSeventyAndAsksForAReport() throws Exception {
        String status = "{\"app\":\"shop\",\"supervisor\":{\"pid\":\"not a number\"}}";
        Path socket = answering(CannedEndpoint.json(200, status));
        Shell.Result result = run("stop", "--control", socket.toString());
        assertEquals(70, result.exit());
        assertTrue(result.err().contains("this is a bug in baton"), result.err());
    }
}
