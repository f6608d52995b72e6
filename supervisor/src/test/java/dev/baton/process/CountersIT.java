package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.subject.JettyServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a scraper sees over the generations: counters that only grow, and nobody's figures lost with a worker. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class CountersIT {
    private static final int CLIENTS = 5;
    private static final int UPGRADES = 3;
    private static final String ANSWERED = "baton_http_requests_total{status=\"2xx\"}";

    @Test
    void countersGoOnWhenTheWorkersThatCountedHaveGone() throws Exception {
        List<KeptConnection> clients = new ArrayList<>();
        try (RunningBaton baton = RunningBaton.builder().start()) {
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(KeptConnection.to(baton.address("http")));
            }
            Map<String, Double> before = baton.counters();
            for (int upgrade = 1; upgrade <= UPGRADES; upgrade++) {
                for (KeptConnection client : clients) {
                    assertEquals(upgrade, client.ask("/").generation());
                }
                assertEquals("upgraded", baton.upgrade("v" + upgrade).text("outcome"));
                Map<String, Double> after = baton.counters();
                before.forEach((name, value) -> assertTrue(
                        after.getOrDefault(name, -1.0) >= value,
                        () -> name + " was " + value + " and is " + after.get(name)));
                assertEquals(
                        (double) upgrade * CLIENTS,
                        after.get("baton_connections_handed_over_total"),
                        "of all that left");
                assertEquals((double) upgrade, after.get("baton_upgrades_total{outcome=\"upgraded\"}"));
                assertEquals((double) upgrade * CLIENTS, after.get(ANSWERED), "each request once");
                assertEquals((double) upgrade * CLIENTS, after.get("baton_http_request_seconds_count"));
                assertEquals((double) CLIENTS, after.get("baton_connections_accepted_total"), "none is new");
                before = after;
            }
        } finally {
            for (KeptConnection client : clients) {
                client.close();
            }
        }
    }

    @Test
    void countersGoOnInTheNextSupervisor() throws Exception {
        RunningBaton.Builder builder = RunningBaton.builder();
        try (RunningBaton baton = builder.start()) {
            Map<String, Double> before = answeredByTwo(baton);
            assertEquals(1.0, before.get("baton_upgrades_total{outcome=\"upgraded\"}"), before::toString);
            baton.reexec();
            assertEquals(before, comparable(baton.counters()), "the first look after a reexec");
            baton.dies();
            baton.runAgain(builder);
            assertEquals(before, comparable(baton.counters()), "the first look after a death");
            ask(baton, 1);
            awaitAnswered(baton, 58);
        }
    }

    /** It has told its last figures, and tells them to no other supervisor. */
    @Test
    void countersGoOnWhereAWorkerThatHasSaidGoodbyeStillEnds(@TempDir Path holds) throws Exception {
        List<String> demo = HoldingDemo.command(holds, "v1");
        Path exit = Files.createFile(HoldingDemo.hold(holds, "exit", 1));
        try (RunningBaton baton =
                RunningBaton.builder().command(demo).flag("--kill-after", "5m").start()) {
            ask(baton, 50);
            baton.beginUpgrade(demo);
            baton.awaitLine(".*goodbye generation=1 .*");
            ask(baton, 7);
            Map<String, Double> before = awaitAnswered(baton, 57);
            baton.reexec();
            assertEquals(before, comparable(baton.counters()));
            assertTrue(baton.output().stream().noneMatch(line -> line.contains("has not come within")), "waited for");
            Files.delete(exit);
            baton.awaitOneWorker();
            assertEquals(57.0, baton.counters().get(ANSWERED));
        }
    }

    /** The counters when generation 1 has answered 50 requests, and generation 2 another 7. */
    private static Map<String, Double> answeredByTwo(RunningBaton baton) throws Exception {
        ask(baton, 50);
        assertEquals("upgraded", baton.upgrade("v2").text("outcome"));
        baton.awaitOneWorker();
        ask(baton, 7);
        return awaitAnswered(baton, 57);
    }

    /** Where a worker has died with its supervisor, what it had counted cannot be known: no sum may seem to be it. */
    @Test
    void countersOfWorkersBeginAnewWhereOneHasDiedUnseen() throws Exception {
        RunningBaton.Builder builder = RunningBaton.builder();
        try (RunningBaton baton = builder.start()) {
            answeredByTwo(baton);
            long worker = baton.workers().get(2);
            baton.dies();
            Processes.signal("KILL", worker);
            baton.runAgain(builder);
            Map<String, Double> after = baton.counters();
            assertEquals(0.0, after.get(ANSWERED), after::toString);
            assertEquals(1.0, after.get("baton_upgrades_total{outcome=\"upgraded\"}"), after::toString);
        }
    }

    private static void ask(RunningBaton baton, int requests) throws Exception {
        try (KeptConnection client = KeptConnection.to(baton.address("http"))) {
            for (int i = 0; i < requests; i++) {
                client.ask("/");
            }
        }
    }

    private static Map<String, Double> awaitAnswered(RunningBaton baton, double requests) {
        return comparable(await().atMost(RunningBaton.PATIENCE)
                .until(baton::counters, counters -> counters.get(ANSWERED) == requests));
    }

    /** The kernel's drops are counted from each start on. */
    private static Map<String, Double> comparable(Map<String, Double> counters) {
        Map<String, Double> comparable = new HashMap<>(counters);
        comparable.keySet().removeIf(name -> name.startsWith("baton_listener_dropped"));
        return comparable;
    }

    /** What it has answered itself, in private, is no client's business. */
    @Test
    void requestsOfAJettyThatKnowsNothingOfBatonAreCountedToo() throws Exception {
        int port = Subject.freePort();
        List<String> command =
                Subject.of(JettyServer.class, "jetty-", "slf4j-api").command(port);
        try (RunningBaton baton = RunningBaton.builder()
                        .listen("http", "127.0.0.1:" + port)
                        .command(command)
                        .start();
                KeptConnection client = KeptConnection.to(baton.address("http"))) {
            for (int i = 0; i < CLIENTS; i++) {
                client.ask("/");
            }
            assertEquals("upgraded", baton.upgrade(command).json().text("outcome"));
            Map<String, Double> counters = baton.counters();
            assertEquals((double) CLIENTS, counters.get(ANSWERED), counters::toString);
            assertEquals(1.0, counters.get("baton_connections_accepted_total"), counters::toString);
        }
    }
}
