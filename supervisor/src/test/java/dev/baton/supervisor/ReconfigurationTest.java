package dev.baton.supervisor;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.ListenerSpec;
import dev.baton.supervisor.Status.ListenerState;
import dev.baton.supervisor.Supervision.Misconfigured;
import dev.baton.supervisor.Supervision.UpgradeBegun;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Upgrades that bring other settings: other listeners, other times. */
class ReconfigurationTest {
    @TempDir
    Path directory;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private Supervisor supervisor;

    @AfterEach
    void close() {
        if (supervisor != null) {
            supervisor.close();
        }
    }

    private TestSettings with(String... listeners) {
        return TestSettings.of(directory.resolve("run"), listeners);
    }

    private Settings settings(Duration bake, String... listeners) {
        return with(listeners).bake(bake).settings();
    }

    private void serving(String... listeners) throws StartException {
        serving(settings(Duration.ZERO, listeners));
    }

    private void serving(Settings settings) throws StartException {
        PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
        supervisor = Nobody.start(settings, List.of(), out);
        awaitServing();
    }

    private String printed() {
        return printed.toString(StandardCharsets.UTF_8);
    }

    private void awaitServing() {
        await().atMost(20, TimeUnit.SECONDS)
                .until(() -> supervisor.status().phase().equals("serving"));
    }

    private UpgradeRecord upgrade(Settings next, String... manners) throws Exception {
        return begin(next, manners).end().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private UpgradeBegun begin(Settings next, String... manners) {
        return assertInstanceOf(
                UpgradeBegun.class, supervisor.upgrade(request(next, manners)), () -> printed.toString());
    }

    private static UpgradeRequest request(Settings next, String... manners) {
        return new UpgradeRequest(StubWorker.command(manners), Map.of(), Optional.empty(), Optional.of(next));
    }

    private List<String> names() {
        return supervisor.status().listeners().stream()
                .map(listener -> listener.spec().name())
                .toList();
    }

    private int port(String name) {
        return supervisor.status().listeners().stream()
                .map(ListenerState::spec)
                .filter(spec -> spec.name().equals(name))
                .map(spec -> spec.address().text())
                .mapToInt(text -> Integer.parseInt(text.substring(text.lastIndexOf(':') + 1)))
                .findFirst()
                .orElseThrow();
    }

    private static void connect(int port) throws IOException {
        new Socket("127.0.0.1", port).close();
    }

    @Test
    void upgradeAddsAndRemovesListeners() throws Exception {
        serving("http=127.0.0.1:0", "old=127.0.0.1:0");
        int http = port("http");
        int old = port("old");
        UpgradeRecord record = upgrade(settings(Duration.ZERO, "http=127.0.0.1:0", "new=127.0.0.1:0"));
        assertEquals(Optional.of(Outcome.UPGRADED), record.outcome(), printed::toString);
        assertEquals(List.of("http", "new"), names());
        assertEquals(http, port("http"), "it is the same socket");
        connect(port("new"));
        assertThrows(ConnectException.class, () -> connect(old));
    }

    @Test
    void candidateThatFailsLeavesTheOldListeners() throws Exception {
        serving("http=127.0.0.1:0", "old=127.0.0.1:0");
        int old = port("old");
        Settings next = settings(Duration.ZERO, "http=127.0.0.1:0", "new=127.0.0.1:0");
        UpgradeRecord record = upgrade(next, "exits-at-once");
        assertEquals(Optional.of(Outcome.EXITED_BEFORE_READY), record.outcome());
        assertEquals(List.of("http", "old"), names());
        assertDoesNotThrow(() -> connect(old));
    }

    @Test
    void listenerThatCannotBeBoundFailsTheUpgradeAlone() throws Exception {
        serving("http=127.0.0.1:0");
        try (ServerSocket taken = new ServerSocket(0)) {
            UpgradeRecord record =
                    upgrade(settings(Duration.ZERO, "http=127.0.0.1:0", "new=127.0.0.1:" + taken.getLocalPort()));
            assertEquals(Optional.of(Outcome.EXITED_BEFORE_READY), record.outcome());
            assertTrue(record.reason().orElseThrow().contains("another program listens there"), record.toString());
        }
        assertEquals("serving", supervisor.status().phase());
        assertEquals(List.of("http"), names());
    }

    @Test
    void addressThatAnotherListenerHoldsNeedsARestart() throws Exception {
        serving("http=127.0.0.1:0");
        int http = port("http");
        Settings renamed = settings(Duration.ZERO, "web=127.0.0.1:" + http);
        Misconfigured refused = assertInstanceOf(Misconfigured.class, supervisor.upgrade(request(renamed)));
        String mistake = refused.mistakes().get(0);
        assertTrue(mistake.startsWith("listeners changed: restart needed: web=127.0.0.1:"), mistake);
        Settings wider = settings(Duration.ZERO, "http=0.0.0.0:" + http);
        assertInstanceOf(Misconfigured.class, supervisor.upgrade(request(wider)));
        assertEquals(Map.of(Outcome.REFUSED, 2L), supervisor.totals().outcomes());
        await().atMost(20, TimeUnit.SECONDS)
                .untilAsserted(() -> assertTrue(
                        Files.readString(directory.resolve("run/state.json")).contains("\"refused\":2"),
                        "the next supervisor goes on from there"));
    }

    @Test
    void backlogChangesWithTheUpgrade() throws Exception {
        serving("http=127.0.0.1:0");
        int http = port("http");
        ListenerSpec spec = ListenerSpec.parse("http=127.0.0.1:0");
        upgrade(with().listener(new ListenerSpec("http", spec.address(), 7)).settings());
        assertEquals(http, port("http"));
        assertEquals(7, supervisor.status().listeners().get(0).spec().backlog());
    }

    @Test
    void rollbackToThePreviousVersionBringsItsListenersBack() throws Exception {
        serving("http=127.0.0.1:0", "old=127.0.0.1:0");
        upgrade(settings(Duration.ZERO, "http=127.0.0.1:0"));
        assertEquals(List.of("http"), names());
        awaitServing();
        assertInstanceOf(Supervision.Begun.class, supervisor.rollback());
        await().atMost(20, TimeUnit.SECONDS)
                .until(() -> supervisor.status().phase().equals("serving")
                        && supervisor.upgrades().size() == 2);
        assertEquals(List.of("http", "old"), names(), printed::toString);
    }

    @Test
    void timesHoldFromTheUpgradeThatBringsThem() throws Exception {
        serving("http=127.0.0.1:0");
        UpgradeRecord unready = upgrade(
                with("http=127.0.0.1:0").readyTimeout(Duration.ofMillis(300)).settings(), "is-never-ready");
        assertEquals(Optional.of(Outcome.NOT_READY_IN_TIME), unready.outcome());
        UpgradeRecord baked = upgrade(settings(Duration.ofMillis(400), "http=127.0.0.1:0"));
        // The bake that was configured before is none at all.
        assertTrue(baked.phases().get("baking").toMillis() >= 400, baked.toString());
    }

    @Test
    void archivesAreKeptFromTheUpgradeOnThatBringsThem() throws Exception {
        serving("http=127.0.0.1:0");
        Path cache = directory.resolve("cache");
        upgrade(with("http=127.0.0.1:0").cache(cache).settings(), "exits-at-once");
        assertTrue(Files.isDirectory(cache), this::printed);
    }

    @Test
    void whatIsConfiguredIsWrittenDownWhenTheUpgradeBegins() throws Exception {
        serving("http=127.0.0.1:0");
        Settings next = settings(Duration.ofMillis(1), "http=127.0.0.1:0", "new=127.0.0.1:0");
        UpgradeRequest silent =
                new UpgradeRequest(List.of("sleep", "600"), Map.of(), Optional.empty(), Optional.of(next));
        assertInstanceOf(UpgradeBegun.class, supervisor.upgrade(silent));
        State state = new StateFile(directory.resolve("run"))
                .read("shop", Rules.of(next))
                .orElseThrow();
        assertEquals(Launch.of(next), state.configured());
    }

    @Test
    void upgradeThatIsRefusedConfiguresNothing() throws Exception {
        serving("http=127.0.0.1:0");
        assertInstanceOf(
                UpgradeBegun.class,
                supervisor.upgrade(new UpgradeRequest(List.of("sleep", "600"), Map.of(), Optional.empty())));
        Settings next = settings(Duration.ZERO, "http=127.0.0.1:0", "new=127.0.0.1:0");
        assertInstanceOf(Supervision.Refused.class, supervisor.upgrade(request(next)));
        State state = new StateFile(directory.resolve("run"))
                .read("shop", Rules.of(next))
                .orElseThrow();
        assertEquals(Launch.of(settings(Duration.ZERO, "http=127.0.0.1:0")), state.configured());
    }

    @Test
    void presentCommandOnceMoreIsStartedAsItWasAskedFor() throws Exception {
        serving("http=127.0.0.1:0");
        Path place = Files.createDirectory(directory.resolve("v2"));
        completes(new UpgradeRequest(StubWorker.command(), Map.of("ASKED", "1"), Optional.of(place)));
        completes(new UpgradeRequest(List.of(), Map.of("MORE", "2"), Optional.empty()));
        completes(UpgradeRequest.again());
        assertEquals(place.toRealPath(), workingDirectory());
        assertTrue(
                environment().containsAll(List.of("ASKED=1", "MORE=2")),
                environment().toString());

        completes(new UpgradeRequest(StubWorker.command("is-ready-twice"), Map.of(), Optional.empty()));
        assertEquals(Path.of("").toAbsolutePath(), workingDirectory());
        assertFalse(environment().contains("ASKED=1"), "another command, and nothing was asked for with it");
    }

    private void completes(UpgradeRequest request) throws Exception {
        UpgradeBegun begun = assertInstanceOf(UpgradeBegun.class, supervisor.upgrade(request), this::printed);
        UpgradeRecord record = begun.end().toCompletableFuture().get(30, TimeUnit.SECONDS);
        assertEquals(Optional.of(Outcome.UPGRADED), record.outcome(), record::toString);
        awaitServing();
    }

    private Path activeProcess() {
        return Path.of(
                "/proc", Long.toString(supervisor.status().workers().get(0).pid()));
    }

    private Path workingDirectory() throws IOException {
        return Files.readSymbolicLink(activeProcess().resolve("cwd"));
    }

    private List<String> environment() throws IOException {
        return List.of(Files.readString(activeProcess().resolve("environ")).split("\0"));
    }

    @Test
    void oldVersionIsToldToFinishByTheSignalThatItWasStartedWith() throws Exception {
        serving(inheriting(Signal.TERM));
        Settings next = inheriting(Signal.QUIT);
        UpgradeRequest request = new UpgradeRequest(List.of(), Map.of(), Optional.empty(), Optional.of(next));
        UpgradeBegun begun = assertInstanceOf(UpgradeBegun.class, supervisor.upgrade(request));
        begun.end().toCompletableFuture().get(30, TimeUnit.SECONDS);
        assertTrue(printed().contains("told by TERM"), this::printed);
        assertFalse(printed().contains("told by QUIT"), this::printed);
    }

    /** A program that says by which signal it is told to finish. */
    private Settings inheriting(Signal stop) {
        String script = "trap 'echo told by TERM; exit' TERM; trap 'echo told by QUIT; exit' QUIT;"
                + " while :; do sleep 0.05; done";
        return with("http=127.0.0.1:0")
                .command(List.of("/bin/sh", "-c", script))
                .inheriting(Duration.ofMillis(200), stop)
                .settings();
    }
}
