package dev.baton.supervisor.cli;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.supervisor.Settings;
import dev.baton.supervisor.UpgradeRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code baton run} in front of a fake supervisor; the signals are real. */
class RunCommandTest {
    @TempDir
    Path base;

    private final FakeCore core = new FakeCore();

    private Shell.Result run(String... arguments) {
        return new Shell(base, false, core).run(arguments);
    }

    private CompletableFuture<Shell.Result> begin(String... arguments) throws IOException {
        Files.createDirectories(base.resolve("shop"));
        return CompletableFuture.supplyAsync(() -> run(arguments));
    }

    private void awaitControl() {
        await().atMost(20, SECONDS)
                .until(() -> Shell.plain(base).run("status", "--app", "shop").exit() == 0);
    }

    @Test
    void optionsBecomeSettings() throws Exception {
        var result = begin(
                "run",
                "--app",
                "shop",
                "--listen",
                "http=:8080",
                "--listen",
                "line=127.0.0.1:7000",
                "--bake",
                "0s",
                "--drain",
                "10s",
                "--ready-timeout",
                "5s",
                "--kill-after",
                "250ms",
                "--backoff-first",
                "1s",
                "--backoff-most",
                "1m",
                "--environment",
                "A=b=c",
                "--environment",
                "B=",
                "--directory",
                base.toString(),
                "--",
                "java",
                "-jar",
                "shop.jar",
                "--bake",
                "1s");
        Settings settings = core.settings();
        core.ends(0);
        assertEquals(0, result.get(20, SECONDS).exit());

        assertEquals("shop", settings.app());
        assertEquals(List.of("java", "-jar", "shop.jar", "--bake", "1s"), settings.command());
        assertEquals(Optional.of(base), settings.directory());
        assertEquals(Map.of("A", "b=c", "B", ""), settings.environment());
        assertEquals(
                List.of("http=:8080", "line=127.0.0.1:7000"),
                settings.listeners().stream().map(Object::toString).toList());
        assertEquals(Duration.ofSeconds(5), settings.readyTimeout());
        assertEquals(Duration.ZERO, settings.bake());
        assertEquals(Duration.ofSeconds(10), settings.drain());
        assertEquals(Duration.ofMillis(250), settings.killAfter());
        assertEquals(Duration.ofSeconds(1), settings.firstBackoff());
        assertEquals(Duration.ofMinutes(1), settings.longestBackoff());
        assertEquals(base.resolve("shop"), settings.runtimeDirectory());
    }

    @Test
    void saysWhereItListensAndHowToControlIt() throws Exception {
        var result = begin("run", "--app", "shop", "--listen", "http=0.0.0.0:8080", "java");
        awaitControl();
        core.ends(0);
        String err = result.get(20, SECONDS).err();
        assertTrue(err.contains("baton: shop, supervised by pid "), err);
        assertTrue(err.contains("  listens  http on 0.0.0.0:8080\n"), err);
        assertTrue(err.contains("  control  " + base.resolve("shop/control.sock") + "\n"), err);
        assertTrue(err.contains("  upgrade  baton upgrade --app shop"), err);
        assertEquals("", result.get().out());
    }

    @Test
    void dashboardAndCacheNeedNoFile() throws Exception {
        var result = begin(
                "run", "--app", "shop", "--listen", "http=:8080", "--control-http", "127.0.0.1:0", "--cache", "java");
        awaitControl();
        Settings settings = core.settings();
        core.ends(0);
        String err = result.get(20, SECONDS).err();
        assertTrue(
                Pattern.compile("  http     http://127\\.0\\.0\\.1:\\d+, tokens in " + base.resolve("shop"))
                        .matcher(err)
                        .find(),
                err);
        assertTrue(settings.cache().isPresent());
    }

    @Test
    void endsWithTheExitCodeOfTheSupervisorAndLeavesNoSocket() throws Exception {
        var result = begin("run", "--app", "shop", "--listen", "http=:8080", "java");
        awaitControl();
        core.ends(1);
        assertEquals(1, result.get(20, SECONDS).exit());
        assertTrue(core.isClosed());
        assertFalse(Files.exists(base.resolve("shop/control.sock")));
    }

    @Test
    void ownControlSocketIsFoundInTheUsualPlaceToo() throws Exception {
        Path own = base.resolve("own.sock");
        var result = begin("run", "--app", "shop", "--control", own.toString(), "--listen", "http=:8080", "java");
        awaitControl();
        assertEquals(
                0, Shell.plain(base).run("status", "--control", own.toString()).exit());
        core.ends(0);
        assertEquals(0, result.get(20, SECONDS).exit());
        assertFalse(Files.exists(own));
        assertFalse(Files.isSymbolicLink(base.resolve("shop/control.sock")));
    }

    @Test
    void controlSocketThatCannotBeMadeIsAnErrorAndStopsTheSupervisor() throws Exception {
        var result = begin(
                "run", "--app", "shop", "--control", "/nonexistent/control.sock", "--listen", "http=:8080", "java");
        assertEquals(2, result.get(20, SECONDS).exit());
        assertTrue(result.get().err().contains("can't listen on the control socket /nonexistent/control.sock"));
        assertTrue(core.isClosed());
    }

    @Test
    void hangUpUpgradesAndTermStops() throws Exception {
        var result = begin("run", "--app", "shop", "--listen", "http=:8080", "java");
        awaitControl();
        kill("HUP");
        await().atMost(20, SECONDS).until(() -> core.supervision().requests().equals(List.of(UpgradeRequest.again())));
        assertFalse(result.isDone());
        kill("TERM");
        assertEquals(0, result.get(20, SECONDS).exit());
    }

    private static void kill(String signal) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder(
                        "kill",
                        "-" + signal,
                        Long.toString(ProcessHandle.current().pid()))
                .start();
        assertTrue(kill.waitFor(20, TimeUnit.SECONDS));
        assertEquals(0, kill.exitValue());
    }

    @Test
    void wrongOptionsSayWhatIsRight() {
        assertWrong("give at least one, like --listen http=:8080", "run", "java");
        assertWrong("put it at the end, like -- java -jar shop.jar", "run", "--listen", "http=:8080");
        assertWrong("write NAME=ADDRESS, like http=0.0.0.0:8080", "run", "--listen", ":8080", "java");
        assertWrong("it has no port", "run", "--listen", "http=8080", "java");
        assertWrong("a port lies between 1 and 65535", "run", "--listen", "http=:70000", "java");
        assertWrong("an IPv6 address stands in brackets", "run", "--listen", "http=::1:80", "java");
        assertWrong("it starts with a small letter", "run", "--listen", "HTTP=:80", "java");
        assertWrong("two listeners are called a", "run", "--listen", "a=:80", "--listen", "a=:81", "java");
        assertWrong(
                "listener b=127.0.0.1:80: a=:80 is in its way",
                "run",
                "--listen",
                "a=:80",
                "--listen",
                "b=127.0.0.1:80",
                "java");
        assertWrong("write 250ms, 30s, 2m or 1h", "run", "--listen", "a=:80", "--bake", "soon", "java");
        assertWrong("--drain': longer than a year", "run", "--listen", "a=:80", "--drain", "8785h", "java");
        assertWrong("longer than --backoff-most", "run", "--listen", "a=:80", "--backoff-first", "1h", "java");
        assertWrong("nothing gets ready in no time", "run", "--listen", "a=:80", "--ready-timeout", "0s", "java");
        assertWrong("without requests", "run", "--listen", "a=:80", "--warm-up-count", "9", "java");
        assertWrong("nothing gets warm", "run", "--listen", "a=:80", "--warm-up-timeout", "0s", "java");
        assertWrong("without a command", "run", "--listen", "a=:80", "--hooks-deadline", "1s", "java");
        assertWrong("without control.http", "run", "--listen", "a=:80", "--control-act-token-file", "a", "java");
        assertWrong("there is no such directory", "run", "--listen", "a=:80", "--directory", "/nonexistent", "java");
        assertWrong("it is no address of TCP", "run", "--listen", "a=:80", "--control-http", "unix:/run/x", "java");
        assertWrong("--control-http 80: ", "run", "--listen", "a=:80", "--control-http", "80", "java");
        assertWrong("not an application's name", "run", "--app", "../x", "--listen", "a=:80", "java");
        assertWrong("did you mean --listen?", "run", "--listne", "a=:80", "java");
        assertWrong("K=V", "run", "--listen", "a=:80", "--environment", "A", "java");
    }

    private void assertWrong(String message, String... arguments) {
        Shell.Result result = run(arguments);
        assertEquals(2, result.exit());
        assertTrue(result.err().contains(message), result.err());
        assertTrue(result.err().contains("try: baton run --help"), result.err());
    }
}
