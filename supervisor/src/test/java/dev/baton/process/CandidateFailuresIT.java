package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.load.LoadReport;
import dev.baton.supervisor.control.JsonObject;
import dev.baton.supervisor.control.NoSupervisorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A candidate may fail in any way: whoever asked is told, nothing of it is left, and nobody else notices. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class CandidateFailuresIT {
    @TempDir
    private Path directory;

    private record Failing(List<String> command, String outcome, String reason, String output) {
        static Failing worker(String fault, String outcome, String reason, String output) {
            return new Failing(FaultyWorker.command(fault), outcome, reason, output);
        }

        static Failing shell(String line, String outcome, String reason, String output) {
            return new Failing(List.of("sh", "-c", line), outcome, reason, output);
        }
    }

    /** Those that fail as soon as they have started. */
    private static final List<Failing> AT_ONCE = List.of(
            Failing.shell("echo no profile; exit 1", "exited-before-ready", "exited with 1", "no profile"),
            Failing.shell("echo boot; kill -9 $$", "exited-before-ready", "was killed by SIGKILL", "boot"),
            Failing.shell("sleep 600 & echo left; exit 1", "exited-before-ready", "exited with 1", "left"),
            new Failing(List.of("no-such-server"), "exited-before-ready", "no-such-server", ""),
            new Failing(Places.demo("v2", "--no-such-flag"), "exited-before-ready", "exited with 2", "--limit=RATE"),
            Failing.worker("allocates", "exited-before-ready", "exited with 1", "OutOfMemoryError"),
            Failing.worker("prints-megabytes", "exited-before-ready", "exited with 1", "printed enough"),
            Failing.worker(
                    "binds-one-listener", "check-failed", "has not bound listener line", "fault: binds-one-listener"),
            Failing.worker(
                    "binds-another-port", "check-failed", "has not bound listeners http, line", "binds-another-port"),
            Failing.worker(
                    "binds-another-name", "check-failed", "has not bound listeners http, line", "binds-another-name"));

    /** Those that take all the time that they are given, and need some of it to start. */
    private static final List<Failing> SLOWLY = List.of(
            Failing.worker("is-never-ready", "not-ready-in-time", "not ready within 20s", "fault: is-never-ready"),
            Failing.worker(
                    "fails-its-check",
                    "check-failed",
                    "did not answer its check (GET /health on listener http) with 200 within 20s",
                    "fault: fails-its-check"),
            Failing.worker(
                    "hangs-in-its-check",
                    "check-failed",
                    "did not answer its check (GET /health on listener http) with 200 within 20s",
                    "fault: hangs-in-its-check"));

    /** Those that never begin. */
    private static final List<Failing> NEVER = List.of(
            Failing.shell(
                    "echo loading; exec sleep 600",
                    "not-ready-in-time",
                    "did not say READY=1 at its NOTIFY_SOCKET, nor hello as a program with server-kit, within 5s",
                    "loading"),
            Failing.shell(
                    "trap '' TERM; sleep 601 & echo deaf; sleep 600; sleep 600",
                    "not-ready-in-time",
                    "did not say READY=1 at its NOTIFY_SOCKET, nor hello as a program with server-kit, within 5s",
                    "deaf"));

    @Test
    void noCandidateThatFailsIsNoticedByAnybodyButWhoeverAskedForIt() throws Exception {
        CheckedConfiguration configuration =
                new CheckedConfiguration(directory.resolve("it.toml"), Places.demo("v1"), "/health").write("60s", "0s");
        String notExecutable =
                Files.writeString(directory.resolve("server.sh"), "#!/bin/sh\n").toString();
        try (RunningBaton baton = configuration.start();
                MixedLoad load = MixedLoad.on(baton)) {
            load.awaitAnswersFrom(1);
            long active = baton.workers().get(1);
            for (Failing failing : AT_ONCE) {
                fails(baton, failing, active);
            }
            fails(baton, new Failing(List.of(notExecutable), "exited-before-ready", "may not be executed", ""), active);
            configuration.write("20s", "0s");
            for (Failing failing : SLOWLY) {
                fails(baton, failing, active);
            }
            checkedReasonsNameTheLastAnswer(baton);
            configuration.write("5s", "0s");
            for (Failing failing : NEVER) {
                fails(baton, failing, active);
            }
            for (LoadReport report : load.stop().values()) {
                assertTrue(report.counts().clean(), report::toString);
                assertEquals(List.of(1), List.copyOf(report.generations().keySet()), report::toString);
            }
            configuration.write("60s", "0s");
            String phases = baton.upgrade("v2").object("phases").toString();
            assertTrue(phases.matches("(?s).*starting.*checking.*"), phases);
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    /** Of the two upgrades before, and nothing that a terminal would obey. */
    private static void checkedReasonsNameTheLastAnswer(RunningBaton baton) throws Exception {
        JsonObject silent = baton.status().object("lastUpgrade");
        JsonObject failed =
                baton.control().get("/v1/upgrades/" + (silent.number("id") - 1)).json();
        assertTrue(failed.text("reason").endsWith("the last one: 503 \"no database [31m\""), failed::toString);
        assertTrue(failed.object("phases").has("checking"), failed::toString);
        assertTrue(
                silent.text("reason").matches(".*the last one: (no answer within 5000 ms|there was no answer yet)"),
                silent::toString);
    }

    /** In the memory that scripts/baton gives it: each character of these lines would be six in JSON. */
    @Test
    void supervisorOutlivesCandidatesThatPrintTheLongestLinesThereAre() throws Exception {
        String print = "line=$(head -c 8000 /dev/zero | tr '\\0' '\\1'); yes \"$line\" | head -n 60; exit 1";
        try (RunningBaton baton = RunningBaton.builder()
                .program(Places.scripts().resolve("baton").toString())
                .environment("JAVA_HOME", System.getProperty("java.home"))
                .environment("XDG_CACHE_HOME", directory.toString())
                .start()) {
            for (int i = 0; i < 12; i++) {
                assertEquals(502, baton.upgrade(List.of("sh", "-c", print)).status());
                List<CompletableFuture<JsonObject>> looks = new ArrayList<>();
                for (int look = 0; look < 4; look++) {
                    looks.add(CompletableFuture.supplyAsync(() -> upgrades(baton)));
                }
                for (CompletableFuture<JsonObject> look : looks) {
                    assertEquals(i + 1, look.join().objects("upgrades").size());
                }
            }
            assertTrue(baton.isAlive());
        }
    }

    private static JsonObject upgrades(RunningBaton baton) {
        try {
            return baton.control().get("/v1/upgrades").json();
        } catch (NoSupervisorException e) {
            throw new IllegalStateException("the supervisor has ended", e);
        }
    }

    private static void fails(RunningBaton baton, Failing failing, long active) throws Exception {
        System.out.println(failing.command().get(failing.command().size() - 1) + ": " + failing.outcome());
        List<String> words = new ArrayList<>(List.of("upgrade", "--app", "it", "--"));
        words.addAll(failing.command());
        Command.Ended upgrade = Command.baton(baton.directory(), words.toArray(String[]::new));
        assertEquals(1, upgrade.exitCode(), upgrade.output());
        JsonObject status = baton.status();
        JsonObject last = status.object("lastUpgrade");
        JsonObject record =
                baton.control().get("/v1/upgrades/" + last.number("id")).json();
        String log = baton.awaitLine(".*upgrade=" + last.number("id") + " outcome=.*");
        assertAll(
                () -> assertEquals(failing.outcome(), last.text("outcome"), last::toString),
                () -> contains(last.text("reason"), failing.reason()),
                () -> contains(String.join("\n", last.texts("output")), failing.output()),
                () -> assertEquals(last.text("reason"), record.text("reason")),
                () -> assertEquals(last.texts("output"), record.texts("output")),
                () -> contains(log, failing.outcome()),
                () -> contains(log, failing.reason()),
                () -> contains(flat(upgrade.output()), failing.outcome()),
                () -> contains(flat(upgrade.output()), failing.reason()),
                () -> contains(upgrade.output(), failing.output()),
                () -> assertEquals("serving", status.text("phase")),
                () -> assertEquals(List.of(active), List.copyOf(baton.workers().values())),
                () -> await().atMost(RunningBaton.PATIENCE)
                        .pollInterval(Duration.ofMillis(20))
                        .untilAsserted(() -> assertEquals(
                                List.of(),
                                Processes.knowing(baton.directory()).stream()
                                        .filter(pid -> pid != active && pid != baton.pid())
                                        .toList(),
                                "left behind by " + failing.command())));
    }

    /** The command line wraps what is long. */
    private static String flat(String text) {
        return text.replaceAll("\\s+", " ");
    }

    private static void contains(String text, String part) {
        assertTrue(text.contains(part), () -> "\"" + part + "\" is not in: " + text);
    }

    @Test
    void veryFirstWorkerThatFailsItsCheckEndsTheSupervisorWithOne() throws Exception {
        CheckedConfiguration configuration = new CheckedConfiguration(
                        directory.resolve("it.toml"), FaultyWorker.command("fails-its-check"), "/health")
                .write("5s", "0s");
        Command.Ended ended = Command.run(
                directory, RunningBaton.builder().config(configuration.file()).words());
        assertEquals(1, ended.exitCode(), ended.output());
        assertTrue(ended.output().contains("503 \"no database"), ended.output());
    }
}
