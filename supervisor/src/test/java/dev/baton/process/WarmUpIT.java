package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.handover.Libc;
import dev.baton.load.Load;
import dev.baton.load.LoadPlan;
import dev.baton.load.LoadReport;
import dev.baton.load.LoadRun;
import dev.baton.load.Mode;
import dev.baton.supervisor.control.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A candidate that is warmed up while clients are served, well or badly: none of them notices. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class WarmUpIT {
    private static final String HANGS = "requests = ['GET /warm']\ntimeout = '10m'";

    @TempDir
    private Path directory;

    private RunningBaton start(String warmUp) throws Exception {
        return builder(warmUp).start();
    }

    private RunningBaton.Builder builder(String warmUp) throws Exception {
        String command = WarmedServer.command("v1", "none").stream()
                .map(word -> "\"" + word + "\"")
                .collect(Collectors.joining(", "));
        Path file = Files.writeString(directory.resolve("it.toml"), """
                command = [%s]
                [listen]
                http = "127.0.0.1:0"
                line = "127.0.0.1:0"
                [upgrade]
                bake = "0s"
                [warm-up]
                %s
                """.formatted(command, warmUp));
        return RunningBaton.builder().config(file);
    }

    private static JsonObject record(RunningBaton baton, long id) throws Exception {
        return baton.control().get("/v1/upgrades/" + id).json();
    }

    /** How many a worker had had, as it says when it is to accept. */
    private static int connections(String atAccept) {
        return Integer.parseInt(atAccept.substring(atAccept.lastIndexOf('=') + 1));
    }

    /** How many times sixteen have come at once: one each second. */
    private static long crowds(JsonObject record) {
        return record.object("phases").number("warming") / 1000;
    }

    private static void nobodyNoticed(MixedLoad load) {
        for (LoadReport report : load.stop().values()) {
            assertTrue(report.counts().clean(), report::toString);
        }
    }

    @Test
    @Tag("alone")
    void candidateHasAnsweredExactlyItsWarmUpWhenItIsToAccept() throws Exception {
        try (RunningBaton baton = start("requests = ['GET /warm', 'GET /warm?sick']\ncount = 500");
                MixedLoad load = MixedLoad.onOnePage(baton)) {
            baton.awaitLine(".*at accept: requests=0 connections=0"); // nobody was served meanwhile
            load.awaitAnswersFrom(1);
            JsonObject upgraded =
                    baton.upgrade(WarmedServer.command("v2", "none")).json();
            assertEquals("upgraded", upgraded.text("outcome"), upgraded::toString);
            String line = baton.awaitLine(".*at accept: requests=500 connections=.*");
            int connections = connections(line);
            JsonObject record = record(baton, upgraded.number("id"));
            long crowds = crowds(record);
            assertTrue(
                    connections > 4 && connections < 25 + 16 * crowds,
                    "neither all of 200 requests nor all of 20, beside " + crowds + " crowds: " + line);
            JsonObject warmUp = record.object("warmUp");
            assertEquals("count", warmUp.text("end"), warmUp::toString);
            assertEquals(500, warmUp.number("answered"));
            assertEquals(250, warmUp.number("errors"));
            assertEquals(0, warmUp.number("failed"));
            assertTrue(warmUp.number("lastMicros") < warmUp.number("firstMicros"), warmUp::toString);
            assertEquals("GET /warm?sick: 503", warmUp.text("trouble"));
            assertTrue(record.object("phases").has("warming"), record::toString);
            baton.awaitLine(".*warm-up generation=2 end=count answered=500 errors=250 failed=0 .*");
            load.awaitAnswersOfNewConnectionsFrom(2);
            nobodyNoticed(load);
        }
    }

    @Test
    @Tag("alone")
    void warmUpThatHangsEndsWithItsTimeAndTheCandidateTakesOver() throws Exception {
        try (RunningBaton baton = start("requests = ['GET /warm']\ntimeout = '5s'");
                MixedLoad load = MixedLoad.onOnePage(baton)) {
            load.awaitAnswersFrom(1);
            JsonObject upgraded =
                    baton.upgrade(WarmedServer.command("v2", "hangs")).json();
            assertEquals("upgraded", upgraded.text("outcome"), upgraded::toString);
            JsonObject record = record(baton, upgraded.number("id"));
            assertEquals("timeout", record.object("warmUp").text("end"), record::toString);
            assertEquals(9, record.object("warmUp").number("answered"), record::toString);
            assertTrue(record.object("phases").number("warming") >= 5000, record::toString);
            baton.awaitLine(".*warn warm-up generation=2 end=timeout answered=9 .*");
            load.awaitAnswersOfNewConnectionsFrom(2);
            nobodyNoticed(load);
        }
    }

    @Test
    void candidateThatDiesDuringItsWarmUpFailsTheUpgradeAndTheOldOneServesOn() throws Exception {
        try (RunningBaton baton = start("requests = ['GET /warm']\ncount = 100000\ntimeout = '1m'");
                MixedLoad load = MixedLoad.onOnePage(baton)) {
            load.awaitAnswersFrom(1);
            JsonObject failed =
                    baton.upgrade(WarmedServer.command("v2", "dies")).json();
            assertEquals("exited-before-ready", failed.text("outcome"), failed::toString);
            assertTrue(failed.text("reason").contains("exited with 9 during its warm-up"), failed::toString);
            assertFalse(failed.object("phases").has("accepting"), failed::toString);
            load.awaitMoreAnswers();
            assertEquals(List.of(1), List.copyOf(baton.workers().keySet()));
            nobodyNoticed(load);
        }
    }

    @Test
    @Tag("alone")
    void candidateThatIsWarmedUpUntilItHasSettledGotQuicker() throws Exception {
        try (RunningBaton baton = start("requests = ['GET /warm']\ntimeout = '1m'");
                MixedLoad load = MixedLoad.onOnePage(baton)) {
            load.awaitAnswersFrom(1);
            JsonObject upgraded =
                    baton.upgrade(WarmedServer.command("v2", "none")).json();
            assertEquals("upgraded", upgraded.text("outcome"), upgraded::toString);
            JsonObject warmUp = record(baton, upgraded.number("id")).object("warmUp");
            assertEquals("settled", warmUp.text("end"), warmUp::toString);
            assertTrue(warmUp.number("answered") >= 600, warmUp::toString);
            assertTrue(warmUp.number("lastMicros") * 3 < warmUp.number("firstMicros"), warmUp::toString);
            String line = baton.awaitLine(".*at accept: requests=" + warmUp.number("answered") + " connections=.*");
            int connections = connections(line);
            assertTrue(connections >= 1000, "what makes connections is warm, too: " + line); // told apart by ports
            load.awaitAnswersOfNewConnectionsFrom(2);
            nobodyNoticed(load);
        }
    }

    @Test
    @Tag("alone")
    void candidateWhoseClientsStayIsNotWarmedUpForNewOnes() throws Exception {
        try (RunningBaton baton = start("requests = ['GET /warm']\ntimeout = '1m'");
                LoadRun load = Load.start(LoadPlan.of(Mode.KEEPALIVE, baton.address("http"))
                        .withConnections(2)
                        .withAtMost(200))) {
            await("enough requests on a connection, and the supervisor knows")
                    .atMost(RunningBaton.PATIENCE)
                    .until(
                            () -> baton.counters().getOrDefault("baton_http_request_seconds_count", 0.0),
                            requests -> requests > 100);
            JsonObject upgraded =
                    baton.upgrade(WarmedServer.command("v2", "none")).json();
            assertEquals("upgraded", upgraded.text("outcome"), upgraded::toString);
            JsonObject record = record(baton, upgraded.number("id"));
            assertEquals("settled", record.object("warmUp").text("end"), record::toString);
            String line = baton.awaitLine(".*at accept: requests=[1-9].* connections=.*");
            int connections = connections(line);
            long requests = record.object("warmUp").number("answered");
            long crowds = crowds(record);
            assertTrue(connections <= requests / 20 + 2 + 16 * crowds, "as many as of 20 requests each: " + line);
            assertTrue(load.stop().counts().clean(), () -> load.snapshot().toString());
        }
    }

    @Test
    void candidateLeavesTheProcessorsToTheActiveWorkerUntilItIsNeeded() throws Exception {
        assumeTrue(Files.isWritable(autogroup(ProcessHandle.current().pid())), "this kernel has no autogroups");
        int ours = Processes.nice(ProcessHandle.current().pid()).iterator().next();
        boolean reversible = Libc.mayPutNiceBack();
        try (RunningBaton baton = start(HANGS)) {
            leavesThemUntilItIsNeeded(baton, ours, reversible && ours < 11 ? 11 : ours);
        }
    }

    @Test
    void candidateOfAnOrdinaryUserKeepsANiceValueThatCannotBePutBack() throws Exception {
        assumeTrue(Files.isWritable(autogroup(ProcessHandle.current().pid())), "this kernel has no autogroups");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        int ours = Processes.nice(ProcessHandle.current().pid()).iterator().next();
        try (SecondUser user = SecondUser.create("daemon")) {
            try (RunningBaton baton = builder(HANGS).as(user).start()) {
                leavesThemUntilItIsNeeded(baton, ours, ours);
            }
            // As RLIMIT_NICE does, which not every root may raise.
            List<String> capable = new ArrayList<>(List.of(user.before()));
            capable.addAll(List.of("--inh-caps=+sys_nice", "--ambient-caps=+sys_nice"));
            try (RunningBaton baton = builder(HANGS)
                    .as(user)
                    .before(capable.toArray(String[]::new))
                    .start()) {
                leavesThemUntilItIsNeeded(baton, ours, ours < 11 ? 11 : ours);
            }
        }
    }

    /** @param back the nice value that it has in its warm-up: the kernel says of the autogroup's when that was set */
    private static void leavesThemUntilItIsNeeded(RunningBaton baton, int ours, int back) throws Exception {
        baton.beginUpgrade(WarmedServer.command("v2", "hangs"));
        baton.awaitLine(".* stage=warming .*");
        Map<Integer, Long> workers = baton.workers();
        awaitAutogroup(workers.get(2), 10);
        assertEquals(Set.of(back), Processes.nice(workers.get(2)));
        awaitAutogroup(workers.get(1), 0);
        assertEquals(Set.of(ours), Processes.nice(workers.get(1)));
        Path asking = await("who asks steps back as the candidate does")
                .atMost(RunningBaton.PATIENCE)
                .until(() -> Processes.thread(baton.pid(), "baton-warm-up"), WarmUpIT::isLeast)
                .orElseThrow();
        if (Libc.timeSlice(0).isPresent()) {
            OptionalLong shortest = OptionalLong.of(100_000);
            assertEquals(shortest, Libc.timeSlice(Math.toIntExact(workers.get(1))), "whoever serves is in short turns");
            assertEquals(shortest, Libc.timeSlice(Math.toIntExact(workers.get(2))), "and so is a candidate");
            int thread = Integer.parseInt(asking.getFileName().toString());
            await("and who asks it")
                    .atMost(RunningBaton.PATIENCE)
                    .until(() -> Libc.timeSlice(thread), shortest::equals);
        }
        ProcessHandle.of(workers.get(1)).orElseThrow().destroyForcibly();
        awaitAutogroup(workers.get(2), 0);
        assertEquals(Set.of(ours), Processes.nice(workers.get(2)));
        await().atMost(RunningBaton.PATIENCE)
                .until(() -> "serving".equals(baton.status().text("phase")));
    }

    private static boolean isLeast(Optional<Path> thread) {
        return thread.flatMap(Processes::niceOfThread).equals(Optional.of(19));
    }

    private static void awaitAutogroup(long pid, int nice) {
        await().atMost(RunningBaton.PATIENCE)
                .until(() -> Files.readString(autogroup(pid)).endsWith(" nice " + nice + "\n"));
    }

    private static Path autogroup(long pid) {
        return Path.of("/proc", Long.toString(pid), "autogroup");
    }
}
