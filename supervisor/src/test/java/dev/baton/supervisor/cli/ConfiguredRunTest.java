package dev.baton.supervisor.cli;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.ListenerSpec;
import dev.baton.supervisor.Outcome;
import dev.baton.supervisor.Settings;
import dev.baton.supervisor.Supervision;
import dev.baton.supervisor.UpgradeRequest;
import dev.baton.supervisor.WarmUp;
import dev.baton.supervisor.config.ControlHttp;
import dev.baton.supervisor.config.RuntimeDirectories;
import dev.baton.supervisor.control.FakeSupervision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code baton run --config} in front of a fake supervisor, and upgrades that read the file again. */
class ConfiguredRunTest {
    private static final String FIRST = """
            command = ["/bin/sh", "v1"]
            environment = { A = "file", B = "file" }
            [listen]
            http = "127.0.0.1:8080"
            line = "127.0.0.1:7000"
            [upgrade]
            bake = "7s"
            """;

    @TempDir
    Path base;

    private final FakeCore core = new FakeCore();
    private CompletableFuture<Shell.Result> running;

    @BeforeEach
    void makeTheRuntimeDirectory() throws IOException {
        Files.createDirectories(base.resolve("shop"));
    }

    @AfterEach
    void endTheSupervisor() throws Exception {
        core.ends(0);
        if (running != null) {
            running.get(20, SECONDS);
        }
    }

    private void write(String text) throws IOException {
        Files.writeString(base.resolve("shop.toml"), text);
    }

    private Settings run(String... more) throws Exception {
        List<String> words = new ArrayList<>(
                List.of("run", "--config", base.resolve("shop.toml").toString()));
        words.addAll(List.of(more));
        running = CompletableFuture.supplyAsync(() -> new Shell(base, false, core).run(words.toArray(String[]::new)));
        await().atMost(20, SECONDS)
                .until(() -> running.isDone() || client("status").exit() == 0);
        if (running.isDone()) {
            throw new AssertionError(running.get().err());
        }
        return core.settings();
    }

    private Shell.Result client(String command, String... more) {
        List<String> words = new ArrayList<>(List.of(command, "--app", "shop"));
        words.addAll(List.of(more));
        return Shell.plain(base).run(words.toArray(String[]::new));
    }

    private UpgradeRequest upgrade(String... command) {
        assertEquals(0, client("upgrade", withDashes(command)).exit());
        List<UpgradeRequest> requests = core.supervision().requests();
        return requests.get(requests.size() - 1);
    }

    private static String[] withDashes(String... command) {
        List<String> words = new ArrayList<>(List.of("--no-wait", "--"));
        words.addAll(List.of(command));
        return words.toArray(String[]::new);
    }

    @Test
    void fileAloneSuffices() throws Exception {
        write(FIRST);
        Settings settings = run();
        assertEquals("shop", settings.app(), "the file's name");
        assertEquals(List.of("/bin/sh", "v1"), settings.command());
        assertEquals(Duration.ofSeconds(7), settings.bake());
        assertEquals(Settings.DRAIN, settings.drain());
        assertEquals(2, settings.listeners().size());
    }

    @Test
    void optionsWinOverTheFile() throws Exception {
        write(FIRST);
        Settings settings = run(
                "--bake",
                "1s",
                "--environment",
                "B=option",
                "--listen",
                "http=127.0.0.1:9090",
                "--directory",
                base.toString(),
                "--",
                "/bin/sh",
                "mine");
        assertEquals(List.of("/bin/sh", "mine"), settings.command());
        assertEquals(Duration.ofSeconds(1), settings.bake());
        assertEquals(Map.of("A", "file", "B", "option"), settings.environment());
        assertEquals(
                List.of("http=127.0.0.1:9090", "line=127.0.0.1:7000"),
                settings.listeners().stream().map(ListenerSpec::toString).toList());
    }

    @Test
    void everyScalarOfTheFileHasAnOptionThatWins() throws Exception {
        write(FIRST + """
                [start]
                cache = true
                [warm-up]
                requests = ["GET /"]
                count = 200
                timeout = "3s"
                listener = "http"
                """);
        Settings settings = run(
                "--no-cache", "--warm-up-count", "settled", "--warm-up-timeout", "4s", "--warm-up-listener", "line");
        assertEquals(Optional.empty(), settings.cache());
        assertEquals(
                Optional.of(new WarmUp("line", List.of("GET /"), OptionalInt.empty(), Duration.ofSeconds(4))),
                settings.warmUp());
    }

    @Test
    void optionSaysTheListenerThatTheFileLeavesOpen() throws Exception {
        write(FIRST.replace("http =", "web =") + "[warm-up]\nrequests = [\"GET /\"]\n");
        Settings settings = run("--warm-up-listener", "web");
        assertEquals("web", settings.warmUp().orElseThrow().listener());
    }

    @Test
    void hookAndTokensOfTheFileGiveWayToOptions() throws Exception {
        write(FIRST + """
                [hooks]
                command = ["/bin/true"]
                [control]
                http = "127.0.0.1:0"
                http-hosts = ["ops.example.com"]
                act-token-file = "act"
                """);
        RunOptions options = RunOptions.ofFile(base.resolve("shop.toml"));
        options.hooksDeadline = Duration.ofSeconds(9);
        options.readTokenFile = base.resolve("read");
        Plan plan = new Planner(new RuntimeDirectories(Optional.empty(), List.of(base)), options).plan();
        assertEquals(Duration.ofSeconds(9), plan.hook().orElseThrow().deadline());
        ControlHttp http = plan.http().orElseThrow();
        assertEquals(Optional.of(base.resolve("read")), http.readToken());
        assertEquals(Optional.of(base.resolve("act")), http.actToken());
        assertEquals(Set.of("ops.example.com"), http.hosts());
    }

    @Test
    void wrongFileStartsNothing() throws Exception {
        write("comand = 1");
        Shell.Result result = Shell.plain(base)
                .run("run", "--config", base.resolve("shop.toml").toString());
        assertEquals(2, result.exit());
        assertTrue(result.err().contains("shop.toml:1:1: unknown key \"comand\""), result.err());
    }

    @Test
    void upgradeReadsTheFileAgain() throws Exception {
        write(FIRST);
        run();
        write(FIRST.replace("v1", "v2").replace("7s", "9s").replace("7000", "7001"));
        UpgradeRequest request = upgrade();
        assertEquals(List.of("/bin/sh", "v2"), request.command());
        Settings settings = request.settings().orElseThrow();
        assertEquals(Duration.ofSeconds(9), settings.bake());
        assertEquals("line=127.0.0.1:7001", settings.listeners().get(1).toString());
    }

    @Test
    void commandOfTheUpgradeOrOfTheCommandLineWinsOverTheFile() throws Exception {
        write(FIRST);
        run("--", "/bin/sh", "mine");
        assertEquals(List.of(), upgrade().command(), "the present one once more");
        assertEquals(List.of("/bin/sh", "theirs"), upgrade("/bin/sh", "theirs").command());
    }

    @Test
    void brokenFileRefusesTheUpgradeAndChangesNothing() throws Exception {
        write(FIRST);
        run();
        write(FIRST.replace("bake", "bakee").replace("7s", "7"));
        Shell.Result result = client("upgrade");
        assertEquals(2, result.exit(), result.err());
        assertTrue(result.err().contains("is refused and nothing has changed"), result.err());
        assertTrue(result.err().contains("shop.toml:7:1: unknown key \"bakee\" in [upgrade]"), result.err());
        assertEquals(List.of(), core.supervision().requests());
        Files.delete(base.resolve("shop.toml"));
        assertEquals(2, client("upgrade").exit());
        assertEquals(Map.of(Outcome.REFUSED, 2L), core.supervision().totals().outcomes());
        write(FIRST);
        upgrade();
    }

    @Test
    void whatIsTheSupervisorsOwnTakesARestart() throws Exception {
        write(FIRST);
        run();
        write("name = \"other\"\n" + FIRST + "[control]\nsocket = \"own.sock\"\n");
        Shell.Result result = client("upgrade");
        assertEquals(2, result.exit());
        assertTrue(result.err().contains("name changed from shop to other; restart needed"), result.err());
        assertTrue(result.err().contains("control.socket changed from "), result.err());
        assertEquals(List.of(), core.supervision().requests());
        Shell.Result reexec = client("reexec");
        assertEquals(3, reexec.exit(), reexec.err());
        assertTrue(reexec.err().contains("name changed from shop to other; restart needed"), reexec.err());
        assertTrue(reexec.err().contains("control.socket changed from "), reexec.err());
        assertEquals(FakeSupervision.STARTED, core.supervision().status().startedAt());
    }

    @Test
    void whatCountsAtTheNextUpgradeKeepsNoProgramFromBeingReplaced() throws Exception {
        write(FIRST);
        run();
        write(FIRST.replace("v1", "v2").replace("7s", "9s").replace("7000", "7001")
                + "[hooks]\ncommand = [\"true\"]\n");
        assertEquals(0, client("reexec").exit());
    }

    /** Whether it does is for the new program to say. */
    @Test
    void whatTheNewProgramMayUnderstandKeepsItFromNothing() throws Exception {
        write(FIRST);
        run();
        write(FIRST + "[of-a-later-version]\nkey = 1\n");
        assertEquals(0, client("reexec").exit());
    }

    @Test
    void whatTheOptionsMakeOfItRefusesTheUpgradeToo() throws Exception {
        write(FIRST);
        Path release = Files.createDirectory(base.resolve("release"));
        run("--directory", release.toString());
        Files.delete(release);
        Shell.Result result = client("upgrade");
        assertEquals(2, result.exit(), result.err());
        assertTrue(result.err().contains("--directory " + release + ": there is no such directory"), result.err());
        assertEquals(List.of(), core.supervision().requests());
    }

    @Test
    void anotherGroupOfAUserMakesNobodyElseOfIt() throws Exception {
        write(FIRST);
        Settings settings = run();
        Plan first = allowing(settings, 7, List.of(7));
        assertInstanceOf(
                Supervision.Misconfigured.class,
                new RereadingSupervision(core.supervision(), first, () -> allowing(settings, 8, List.of(7)))
                        .upgrade(UpgradeRequest.again()));
        assertInstanceOf(
                Supervision.UpgradeBegun.class,
                new RereadingSupervision(core.supervision(), first, () -> allowing(settings, 7, List.of(7, 8)))
                        .upgrade(UpgradeRequest.again()));
    }

    @Test
    void usersInAnotherOrderAreTheSameUsers() throws Exception {
        write(FIRST);
        Settings settings = run();
        Settings.User deploy = user("deploy", 7, List.of(7));
        Settings.User alice = user("alice", 8, List.of(7));
        assertInstanceOf(
                Supervision.UpgradeBegun.class,
                new RereadingSupervision(
                                core.supervision(),
                                allowing(settings, deploy, alice),
                                () -> allowing(settings, alice, deploy))
                        .upgrade(UpgradeRequest.again()));
    }

    private static Settings.User user(String name, int uid, List<Integer> groups) {
        return new Settings.User(name, uid, 7, groups, "/", "/bin/sh");
    }

    private Plan allowing(Settings settings, int uid, List<Integer> groups) {
        return allowing(settings, user("deploy", uid, groups));
    }

    private Plan allowing(Settings settings, Settings.User... users) {
        Path socket = base.resolve("shop/control.sock");
        return new Plan(settings, socket, Optional.empty(), List.of(users), Optional.empty(), Optional.empty(), true);
    }

    @Test
    void rollbackDoesNotLookAtTheFile() throws Exception {
        write(FIRST);
        run();
        core.supervision().remember(FakeSupervision.upgraded(1));
        core.supervision().onRollback(() -> core.supervision().ends(FakeSupervision.upgraded(2)));
        write("broken");
        assertEquals(0, client("rollback").exit());
    }
}
