package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.baton.load.Load;
import dev.baton.load.LoadPlan;
import dev.baton.load.LoadReport;
import dev.baton.load.LoadRun;
import dev.baton.load.Mode;
import dev.baton.supervisor.control.JsonObject;
import dev.baton.supervisor.control.NoSupervisorException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every worker of an upgrade, struck by every fault at every stage, under load. Several supervisors take the cells from
 * one queue, for most of the time each only waits. Writes what clients saw to {@code target/fault-matrix.md}. The property
 * {@code baton.cells} chooses those whose names contain it.
 */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 20, unit = TimeUnit.MINUTES)
@Tag("alone")
class FaultMatrixIT {
    private static final int LANES = Integer.getInteger("baton.lanes", 4);
    private static final int ATTEMPTS = 3;
    private static final Duration POLL = Duration.ofMillis(10);

    /** The stages of an upgrade, and who lives in each. */
    private static final Map<String, List<String>> STAGES = new TreeMap<>(Map.of(
            "1 starting", List.of("active", "candidate"),
            "2 checking", List.of("active", "candidate"),
            "3 accepting", List.of("active", "candidate"),
            "4 parking", List.of("active", "parked"),
            "5 baking", List.of("active", "parked"),
            "6 draining", List.of("active", "retiring"),
            "7 rolling-back", List.of("active", "parked"),
            "8 rolling-back", List.of("active", "retiring")));

    /** What the supervisor calls it. */
    private static String nameOf(String stage) {
        return stage.substring(2);
    }

    private record Cell(String stage, String role, Fault fault) {
        String stageName() {
            return nameOf(stage);
        }

        /** Its clients may lose what they had asked of it, and of nobody else: a candidate has no clients yet. */
        boolean mayBreak() {
            return fault.isDeadly() && !role.equals("candidate");
        }

        /** How its upgrade may end. A stage of less than a second may be over when it is struck: then as in the next. */
        Set<String> expected() {
            boolean rollback = stage.compareTo("7") >= 0;
            if (fault.isDeadly() && role.equals("candidate")) {
                return ofADeadCandidate();
            } else if (fault.isDeadly() && role.equals("active") && isOnTrial()) {
                return Set.of("rolled-back");
            } else if (fault.isDeadly() && role.equals("parked") && rollback) {
                return Set.of("upgraded", "rolled-back");
            }
            return Set.of(rollback ? "rolled-back" : "upgraded");
        }

        private Set<String> ofADeadCandidate() {
            boolean hangs = fault == Fault.HANG;
            return switch (stageName()) {
                case "starting" -> Set.of(hangs ? "not-ready-in-time" : "exited-before-ready");
                case "checking" -> Set.of(hangs ? "check-failed" : "exited-before-ready", "handover-failed");
                default -> Set.of("handover-failed", "rolled-back");
            };
        }

        /** The new one, which is the active one by then. */
        private boolean isOnTrial() {
            return stage.startsWith("4") || stage.startsWith("5");
        }

        /** Short only where it is waited for: on a busy machine a start may take as long as that. */
        String readyTimeout() {
            return fault == Fault.HANG && role.equals("candidate") ? "15s" : "60s";
        }

        /** An exit is a kill with another reason, and at two stages that reason is seen. */
        boolean saysNothingNew() {
            return fault == Fault.EXIT && !stage.startsWith("1") && !stage.startsWith("5");
        }

        @Override
        public String toString() {
            return stage + " × " + role + " × " + fault;
        }
    }

    private record Seen(
            Cell cell,
            String outcome,
            long refused,
            long broken,
            long reconnects,
            Duration longest,
            List<String> wrong) {
        String row() {
            return "| %s | %s | %s | %s | %d | %d | %d | %d ms |"
                    .formatted(
                            cell.stageName()
                                    + (cell.stage.startsWith("7") ? ", old told to accept" : "")
                                    + (cell.stage.startsWith("8") ? ", new drains" : ""),
                            cell.role,
                            cell.fault,
                            outcome,
                            refused,
                            broken,
                            reconnects,
                            longest.toMillis());
        }
    }

    /** The stage went by before it could be struck at. */
    private static final class Missed extends Exception {
        private static final long serialVersionUID = 1L;

        Missed(String why) {
            super(why);
        }
    }

    @TempDir
    private Path directory;

    private final Queue<Cell> cells = new ConcurrentLinkedQueue<>();

    @Test
    void noFaultOfAnyWorkerAtAnyStageBreaksWhatItDidNotHold() throws Exception {
        String wanted = System.getProperty("baton.cells");
        List<Cell> all = new ArrayList<>();
        for (Fault fault : List.of(Fault.HANG, Fault.STOP, Fault.EXIT, Fault.KILL)) { // what takes longest goes first
            STAGES.forEach((stage, roles) -> roles.forEach(role -> all.add(new Cell(stage, role, fault))));
        }
        all.removeIf(cell ->
                wanted == null ? cell.saysNothingNew() : !cell.toString().contains(wanted));
        cells.addAll(all);
        Collection<Seen> seen = new ConcurrentLinkedQueue<>();
        ExecutorService lanes = Executors.newFixedThreadPool(LANES);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < LANES; i++) {
                int lane = i;
                running.add(lanes.submit(() -> {
                    run(lane, seen);
                    return null;
                }));
            }
            for (Future<?> lane : running) {
                lane.get();
            }
        } finally {
            lanes.shutdownNow();
        }
        List<Seen> inOrder = seen.stream()
                .sorted(Comparator.comparing((Seen s) -> s.cell.stage)
                        .thenComparing(s -> s.cell.role)
                        .thenComparing(s -> s.cell.fault))
                .toList();
        write(inOrder);
        assertEquals(all.size(), inOrder.size(), "cells");
        assertEquals(
                List.of(),
                inOrder.stream()
                        .flatMap(s -> s.wrong.stream().map(wrong -> s.cell + ": " + wrong))
                        .toList());
    }

    private static void write(List<Seen> seen) throws IOException {
        List<String> table = new ArrayList<>(List.of(
                "| stage | who | what befalls it | outcome | refused | broken | reconnects | longest answer |",
                "|---|---|---|---|---:|---:|---:|---:|"));
        seen.forEach(s -> table.add(s.row()));
        table.forEach(System.out::println);
        Files.write(Path.of("target", "fault-matrix.md"), table);
    }

    // ---- a lane ----

    private void run(int lane, Collection<Seen> seen) throws Exception {
        Path home = Files.createDirectory(directory.resolve("lane-" + lane));
        Path orders = Files.createDirectory(home.resolve("orders"));
        CheckedConfiguration configuration = new CheckedConfiguration(
                        home.resolve("it.toml"), FaultyDemo.command("v1", orders), "/slow?ms=600")
                .write("60s", "2s");
        while (!cells.isEmpty()) {
            try (RunningBaton baton = configuration.start()) {
                Cell cell;
                boolean good = true;
                while (good && (cell = cells.poll()) != null) {
                    configuration.write(cell.readyTimeout(), "2s");
                    Seen result = seen(baton, orders, cell);
                    seen.add(result);
                    good = result.wrong.isEmpty();
                    System.out.println(result.row() + (good ? "" : " WRONG: " + result.wrong));
                }
                configuration.write("60s", "2s");
            }
        }
    }

    private static Seen seen(RunningBaton baton, Path orders, Cell cell) throws Exception {
        String missed = "";
        for (int i = 0; i < ATTEMPTS; i++) {
            try {
                return strike(baton, orders, cell);
            } catch (Missed e) {
                missed = e.getMessage();
                baton.awaitOneWorker();
            }
        }
        return new Seen(cell, "missed", 0, 0, 0, Duration.ZERO, List.of(missed));
    }

    private static Seen strike(RunningBaton baton, Path orders, Cell cell) throws Exception {
        List<LoadRun> load = load(baton);
        try {
            return strike(baton, orders, cell, load);
        } finally {
            load.forEach(LoadRun::close);
        }
    }

    private static Seen strike(RunningBaton baton, Path orders, Cell cell, List<LoadRun> load) throws Exception {
        long victim = 0;
        long id;
        try (RawClient slow = RawClient.connect(baton.address("http"))) {
            slow.send("GET / HTTP/1.1\r\nHost: it\r\n\r\n");
            slow.answer();
            id = baton.control().post("/v1/upgrade", Map.of()).json().number("id");
            if (cell.stage.compareTo("5") > 0) {
                awaitStage(baton, id, "5 baking", "parked");
            }
            if (cell.stage.startsWith("6")) {
                slow.send("GET /slow?ms=4500 HTTP/1.1\r\nHost: it\r\n\r\n"); // keeps the old one from having drained
            } else if (cell.stage.compareTo("6") > 0) {
                baton.control().post("/v1/rollback", Map.of());
            }
            victim = awaitStage(baton, id, cell.stage, cell.role);
            strike(cell.fault, victim, orders);
            if (cell.fault == Fault.KILL || cell.fault == Fault.EXIT) {
                Processes.awaitGone(victim);
                baton.awaitForgotten(victim);
            }
            baton.awaitOneWorker();
        } catch (ConditionTimeoutException e) {
            return result(baton, load, cell, 0, List.of("no end: " + baton.status()));
        } finally {
            if (cell.fault == Fault.HANG && victim != 0 && Files.exists(Path.of("/proc/" + victim))) {
                // It serves, as far as anybody can tell: nothing but its clients' silence says otherwise.
                Processes.signal("KILL", victim);
                Processes.awaitGone(victim);
                baton.awaitForgotten(victim);
                baton.awaitOneWorker();
            }
        }
        return result(baton, load, cell, id, baton.wrongAtRest());
    }

    private static void strike(Fault fault, long victim, Path orders) throws Exception {
        try {
            fault.strike(victim, orders);
        } catch (IOException e) {
            if (Files.exists(Path.of("/proc/" + victim))) {
                throw e;
            }
            throw new Missed("worker " + victim + " was ended before the " + fault + " was over");
        }
    }

    private static List<LoadRun> load(RunningBaton baton) throws IOException {
        InetSocketAddress http = baton.address("http");
        return List.of(
                Load.start(LoadPlan.of(Mode.KEEPALIVE, http).withConnections(4).withAtMost(60)),
                Load.start(LoadPlan.of(Mode.CHURN, http).withConnections(2).withAtMost(30)),
                Load.start(LoadPlan.of(Mode.POST, http).withConnections(2).withAtMost(30)),
                Load.start(LoadPlan.of(Mode.LINE, baton.address("line"))
                        .withConnections(2)
                        .withAtMost(30)));
    }

    /** Waits until the upgrade is at this stage, with all who live in it; the one of this role. */
    private static long awaitStage(RunningBaton baton, long id, String stage, String role) throws Missed {
        String name = nameOf(stage);
        long[] pid = new long[1];
        String[] missed = new String[1];
        await().atMost(RunningBaton.PATIENCE).pollInterval(POLL).until(() -> {
            JsonObject upgrade = baton.control().get("/v1/upgrades/" + id).json();
            if (upgrade.has("outcome")) {
                missed[0] = "over before " + name + ": " + upgrade;
                return true;
            }
            pid[0] = upgrade.text("phase").equals(name) ? pid(baton, role, STAGES.get(stage)) : 0;
            return pid[0] != 0;
        });
        if (missed[0] != null) {
            throw new Missed(missed[0]);
        }
        return pid[0];
    }

    private static long pid(RunningBaton baton, String role, List<String> all) throws NoSupervisorException {
        Map<String, Long> pids = new TreeMap<>();
        baton.status().objects("workers").forEach(worker -> pids.put(worker.text("role"), worker.number("pid")));
        return pids.keySet().containsAll(all) ? pids.get(role) : 0;
    }

    private static Seen result(RunningBaton baton, List<LoadRun> load, Cell cell, long id, List<String> wrongAtTheEnd)
            throws IOException {
        List<LoadReport> reports = load.stream().map(LoadRun::stop).toList();
        List<String> wrong = new ArrayList<>(wrongAtTheEnd);
        long refused = sum(reports, report -> report.counts().refused());
        long broken = sum(reports, report -> report.counts().broken());
        if (refused > 0) {
            wrong.add("refused: " + refused);
        }
        if (broken > 0 && !cell.mayBreak()) {
            wrong.add("broken: " + broken);
        }
        for (LoadReport report : reports) {
            if (report.counts().ok() == 0 || report.counts().ownTrouble() > 0) {
                wrong.add("no load: " + report);
            } else if (report.counts().broken() > report.plan().connections()) {
                wrong.add("more than it can have held: " + report);
            } else if (broken > 0 && !cell.mayBreak()) {
                wrong.add(report.failures().toString());
            }
        }
        String outcome = id == 0
                ? "none"
                : baton.control().get("/v1/upgrades/" + id).json().text("outcome");
        if (!cell.expected().contains(outcome)) {
            wrong.add("outcome " + outcome + ", and not of " + cell.expected());
        }
        Duration longest = reports.stream()
                .map(report -> report.latency().max())
                .max(Comparator.naturalOrder())
                .orElseThrow();
        return new Seen(
                cell,
                outcome,
                refused,
                broken,
                sum(reports, report -> report.counts().reconnects()),
                longest,
                wrong);
    }

    private static long sum(List<LoadReport> reports, java.util.function.ToLongFunction<LoadReport> what) {
        return reports.stream().mapToLong(what).sum();
    }
}
