package dev.baton.process;

import static java.util.stream.Collectors.toMap;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.load.Counts;
import dev.baton.load.Load;
import dev.baton.load.LoadPlan;
import dev.baton.load.LoadReport;
import dev.baton.load.LoadRun;
import dev.baton.load.Mode;
import dev.baton.supervisor.control.JsonObject;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.IntFunction;

/** A server that knows nothing of Baton, upgraded under load. */
final class Unmodified {
    static final Set<Mode> ALL = EnumSet.of(Mode.CHURN, Mode.KEEPALIVE, Mode.POST);
    static final Set<Mode> EVERY_HTTP = EnumSet.of(Mode.CHURN, Mode.KEEPALIVE, Mode.POST, Mode.IDLE);

    static final Duration DRAIN = Duration.ofMinutes(3);

    private static final int UPGRADES = Integer.getInteger("baton.upgrades", 3);

    private Unmodified() {}

    static void nobodyReconnects(Map<Mode, LoadReport> reports) {
        for (Mode mode : List.of(Mode.KEEPALIVE, Mode.POST, Mode.IDLE)) {
            Counts counts = reports.get(mode).counts();
            assertEquals(0, counts.reconnects(), () -> mode + ": " + counts);
        }
    }

    static Map<Mode, LoadReport> upgradesUnderLoad(String name, Subject subject, Set<Mode> modes, Set<Mode> unbroken)
            throws Exception {
        return upgradesUnderLoad(name, subject::command, Map.of(), modes, unbroken);
    }

    /**
     * Refuses nothing in any of these modes, and breaks nothing in those.
     *
     * @param name as it stands in the table that scripts/servers makes
     * @param command what starts it at a port
     * @param flags more of the supervisor's
     */
    static Map<Mode, LoadReport> upgradesUnderLoad(
            String name,
            IntFunction<List<String>> command,
            Map<String, String> flags,
            Set<Mode> modes,
            Set<Mode> unbroken)
            throws Exception {
        int port = Subject.freePort();
        RunningBaton.Builder builder = RunningBaton.builder()
                .listen("http", "127.0.0.1:" + port)
                .flag("--drain", "5s")
                .command(command.apply(port));
        flags.forEach(builder::flag);
        try (RunningBaton baton = builder.start()) {
            List<LoadRun> runs = new ArrayList<>();
            List<LoadReport> reports = new ArrayList<>();
            try {
                InetSocketAddress address = baton.address("http");
                modes.forEach(mode -> runs.add(Load.start(plan(mode, address))));
                awaitAnswersFrom(runs, 1);
                for (int generation = 2; generation <= UPGRADES + 1; generation++) {
                    JsonObject upgrade = baton.upgrade(command.apply(port)).json();
                    assertEquals("upgraded", upgrade.text("outcome"), upgrade::toString);
                    awaitAnswersFrom(runs, generation);
                }
                runs.forEach(run -> reports.add(run.stop()));
            } finally {
                runs.forEach(LoadRun::close);
            }
            reports.forEach(report -> System.out.print(name + " " + report));
            SeenTable.add(name, UPGRADES, reports);
            assertAll(reports.stream().map(report -> () -> holds(report, unbroken)));
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
            return reports.stream().collect(toMap(report -> report.plan().mode(), report -> report));
        }
    }

    /**
     * Clients that never pause go over long before the drain's deadline, and lose nothing.
     *
     * @param command what starts it at this address
     * @param start clients of it
     */
    static void goesOver(String address, List<String> command, Callable<? extends ForeignClient> start)
            throws Exception {
        try (RunningBaton baton = RunningBaton.builder()
                        .listen("http", address)
                        .flag("--drain", DRAIN.toMinutes() + "m")
                        .command(command)
                        .start();
                ForeignClient clients = start.call()) {
            awaitAnswers(clients);
            for (int generation = 2; generation <= 3; generation++) {
                isDrainedSoon(baton.upgrade(command).json());
                awaitAnswers(clients);
            }
            assertEquals(List.of(), clients.complaints());
        }
    }

    /** Long before {@link #DRAIN} is over. */
    static void isDrainedSoon(JsonObject upgrade) {
        assertEquals("upgraded", upgrade.text("outcome"), upgrade::toString);
        assertTrue(upgrade.object("phases").number("draining") < DRAIN.toMillis() / 2, upgrade::toString);
    }

    private static void awaitAnswers(ForeignClient clients) {
        long before = clients.answered();
        await().atMost(RunningBaton.PATIENCE).until(() -> clients.answered() > before);
    }

    private static LoadPlan plan(Mode mode, InetSocketAddress address) {
        return LoadPlan.of(mode, address).withConnections(4).withAtMost(mode == Mode.CHURN ? 150 : 200);
    }

    private static void awaitAnswersFrom(List<LoadRun> runs, int generation) {
        await().atMost(RunningBaton.PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> runs.stream()
                        .allMatch(run -> run.snapshot().generations().containsKey(generation)));
    }

    private static void holds(LoadReport report, Set<Mode> unbroken) {
        Counts counts = report.counts();
        Mode mode = report.plan().mode();
        assertTrue(counts.ok() > 0, () -> mode + " was not answered: " + counts);
        assertEquals(0, counts.refused(), () -> mode + ": " + counts + " " + report.failures());
        if (unbroken.contains(mode)) {
            assertTrue(counts.clean(), () -> mode + ": " + counts + " " + report.failures());
        }
    }
}
