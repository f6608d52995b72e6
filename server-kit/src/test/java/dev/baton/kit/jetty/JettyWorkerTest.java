package dev.baton.kit.jetty;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Fd;
import dev.baton.handover.HandoverChannel;
import dev.baton.handover.Libc;
import dev.baton.handover.ListenAddress;
import dev.baton.handover.Message;
import dev.baton.handover.Traffic;
import dev.baton.kit.FakeSupervisor;
import dev.baton.kit.FakeSupervisor.WorkerEnd;
import dev.baton.kit.connection.RateLimit;
import dev.baton.kit.jetty.RawClient.Answer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.component.LifeCycle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class JettyWorkerTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void aCandidateServesInPrivateThenInPublicThenInPrivateAgain(int acceptors) throws Exception {
        try (JettyPair jetty = new JettyPair(acceptors)) {
            WorkerEnd first = jetty.start();
            assertEquals(200, askPrivately(first), "before accept");
            first.accept();
            for (int round = 0; round < 20; round++) {
                assertEquals(1, generation(jetty.address()));
                first.park();
                try (RawClient waiting = new RawClient(jetty.address())) {
                    waiting.send(RawClient.get("/"));
                    assertEquals(200, askPrivately(first), "parked, round " + round);
                    first.accept();
                    assertEquals(200, waiting.answer().status(), "queued while nobody accepted");
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void beforeItIsReadyAWorkerHasMovedAConnectionToItself(int acceptors) throws Exception {
        Set<Thread> others = movers();
        try (JettyPair jetty = new JettyPair(acceptors)) {
            WorkerEnd worker = jetty.start();
            for (Thread mover : movers()) {
                if (!others.contains(mover)) {
                    mover.join(20_000);
                    assertFalse(mover.isAlive(), "it has nothing more to move");
                }
            }
            assertTrue(
                    jetty.statistics(1).getConnectionsTotal() >= 3,
                    "accepted, taken over while it waited, and with its response");
            assertEquals(0, jetty.statistics(1).getConnections(), "all have ended");
            assertEquals(List.of(), jetty.asked, "the program knows nothing of it");
            assertEquals(List.of(), jetty.logged, "nor does its log");
            worker.accept();
            assertEquals(1, generation(jetty.address()));
            Traffic traffic;
            do {
                traffic = worker.next(Message.Served.class).traffic();
            } while (traffic.requests() == 0); // it may have been counted between accept and answer
            assertEquals(1, traffic.accepted(), "nobody has counted them");
            assertEquals(1, traffic.requests());
            assertEquals(List.of("/"), jetty.logged);
        }
    }

    private static Set<Thread> movers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("baton-mover"))
                .collect(Collectors.toSet());
    }

    @Test
    void aRehearsalWithoutAConnectionOfOursIsGivenUp() throws Exception {
        try (JettyPair jetty = new JettyPair(1);
                ServerSocketChannel somebodyElse = ServerSocketChannel.open()) {
            somebodyElse.bind(new InetSocketAddress("127.0.0.1", 0));
            WorkerEnd worker = jetty.start();
            JettyConnections connections = new JettyConnections(jetty.server(1));
            InetSocketAddress at = (InetSocketAddress) somebodyElse.getLocalAddress();
            assertFalse(DrainRehearsal.of(connections, its -> connections, at, null));
            worker.accept();
            assertEquals(1, generation(jetty.address()));
        }
    }

    @Test
    void anotherServersListenerIsNotRehearsedAt() throws Exception {
        try (JettyPair jetty = new JettyPair(1);
                ServerSocketChannel somebodyElse = ServerSocketChannel.open()) {
            jetty.start();
            somebodyElse.bind(new InetSocketAddress("127.0.0.1", 0)).configureBlocking(false);
            JettyConnections connections = new JettyConnections(jetty.server(1));
            assertFalse(connections.rehearse("line", (InetSocketAddress) somebodyElse.getLocalAddress(), null));
            assertNull(somebodyElse.accept(), "nobody comes, whom one would wait for in vain");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void idleConnectionsLiveOnInTheNextWorkerAndKeepTheirAddress(int acceptors) throws Exception {
        try (JettyPair jetty = new JettyPair(acceptors)) {
            WorkerEnd worker = jetty.start();
            worker.accept();
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                clients.add(new RawClient(jetty.address()));
                assertTrue(clients.get(i).ask("/" + i).body().startsWith("gen=1 "));
            }
            for (int generation = 2; generation <= 6; generation++) {
                WorkerEnd previous = worker;
                worker = jetty.upgrade(previous);
                assertEquals(List.of(), previous.next(Message.Drained.class).cut());
                for (RawClient client : clients) {
                    Answer answer = client.ask("/x");
                    assertEquals("gen=" + generation + " /x from " + client.port() + "\n", answer.body());
                    assertFalse(answer.close());
                }
            }
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    @Test
    void aConnectionWhoseLastResponseIsSaidIsNotActiveThoughItsClientKeepsIt() throws Exception {
        try (JettyPair jetty = new JettyPair(1);
                RawClient client = new RawClient(jetty.address())) {
            WorkerEnd only = jetty.start();
            only.accept();
            client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            assertTrue(client.answer().close());
            assertTrue(client.isAtEnd());
            await().until(() -> jetty.worker(1).progress().active() == 0
                    && jetty.worker(1).progress().idle() == 1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsStoppedAndStartedAgainServesOnAndItsConnectionsMove(boolean late) throws Exception {
        try (JettyPair jetty = late ? new JettyPair(1).withLateConnectors() : new JettyPair(1)) {
            WorkerEnd old = jetty.start();
            old.accept();
            assertEquals(1, generation(jetty.address()));
            for (LifeCycle again : List.of(jetty.server(1).getConnectors()[0], jetty.server(1))) {
                again.stop();
                again.start();
                assertEquals(1, generation(jetty.address()));
            }
            try (RawClient client = new RawClient(jetty.address())) {
                client.ask("/");
                await().until(() -> jetty.worker(1).progress().idle() == 1);
                jetty.upgrade(old);
                assertEquals(List.of(), old.next(Message.Drained.class).cut());
                assertTrue(client.ask("/").body().startsWith("gen=2 "));
            }
        }
    }

    @Test
    void connectorsThatAServerIsGivenAfterItsStartAreSupervisedToo() throws Exception {
        try (JettyPair jetty = new JettyPair(1).withLateConnectors();
                RawClient client = new RawClient(jetty.address())) {
            WorkerEnd old = jetty.start();
            old.accept();
            assertTrue(client.ask("/").body().startsWith("gen=1 "));
            jetty.upgrade(old);
            assertEquals(List.of(), old.next(Message.Drained.class).cut());
            Answer answer = client.ask("/");
            assertEquals("gen=2 / from " + client.port() + "\n", answer.body());
            assertFalse(answer.close());
        }
    }

    @Test
    void aRequestInWorkIsAnsweredByTheOldWorkerAndItsConnectionMovesAfterwards() throws Exception {
        try (JettyPair jetty = new JettyPair(1);
                RawClient client = new RawClient(jetty.address())) {
            WorkerEnd old = jetty.start();
            old.accept();
            client.send(RawClient.get("/wait"));
            awaitActive(old);
            jetty.upgrade(old);
            jetty.gate.countDown();
            Answer answer = client.answer();
            assertTrue(answer.body().startsWith("gen=1 /wait"), answer.body());
            assertFalse(answer.close(), "it moves, so it need not end");
            assertEquals(List.of(), old.next(Message.Drained.class).cut());
            assertTrue(client.ask("/").body().startsWith("gen=2 "));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/wait", "/later"})
    void aClientThatIsTooQuickToEverBeQuietMovesAllTheSame(String path) throws Exception {
        try (JettyPair jetty = new JettyPair(1);
                RawClient client = new RawClient(jetty.address());
                RawClient idle = new RawClient(jetty.address())) {
            WorkerEnd old = jetty.start();
            old.accept();
            client.send(RawClient.get(path));
            awaitActive(old);
            jetty.upgrade(old);
            while (!idle.ask("/").body().startsWith("gen=2 ")) {
                Thread.onSpinWait(); // the drain has not begun
            }
            client.send(RawClient.get("/next")); // is there before Jetty could wait for it
            jetty.gate.countDown();
            assertTrue(client.answer().body().startsWith("gen=1 "));
            assertTrue(client.answer().body().startsWith("gen=2 /next"));
            assertEquals(List.of(), old.next(Message.Drained.class).cut());
        }
    }

    @Test
    void aRequestHeadCutAtAnyByteIsAnsweredOnceAndRight() throws Exception {
        String request = "GET /cut HTTP/1.1\r\nHost: x\r\nX-Long: abc\r\n\r\n";
        try (JettyPair jetty = new JettyPair(1)) {
            WorkerEnd old = jetty.start();
            old.accept();
            List<RawClient> clients = new ArrayList<>();
            for (int cut = 0; cut < request.length(); cut++) {
                RawClient client = new RawClient(jetty.address());
                client.ask("/warm");
                client.send(request.substring(0, cut));
                clients.add(client);
            }
            jetty.upgrade(old);
            for (int cut = 0; cut < request.length(); cut++) {
                RawClient client = clients.get(cut);
                client.send(request.substring(cut));
                Answer answer = client.answer();
                assertTrue(answer.body().endsWith(" /cut from " + client.port() + "\n"), answer.body());
            }
            assertEquals(List.of(), old.next(Message.Drained.class).cut());
            for (RawClient client : clients) {
                assertTrue(client.ask("/next").body().startsWith("gen=2 /next"));
                client.close();
            }
        }
    }

    @Test
    void connectionsOnASharedLinkMoveWhateverIsOnItAtThatMoment() throws Exception {
        try (JettyPair jetty = new JettyPair(1, RateLimit.of(20_000))) {
            WorkerEnd worker = jetty.start();
            worker.accept();
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                clients.add(new RawClient(jetty.address()));
                assertTrue(clients.get(i).ask("/" + i).body().startsWith("gen=1 "));
            }
            for (int generation = 2; generation <= 4; generation++) {
                for (RawClient client : clients) {
                    client.send(RawClient.get("/before") + RawClient.get("/behind"));
                }
                WorkerEnd previous = worker;
                worker = jetty.upgrade(previous);
                for (RawClient client : clients) {
                    assertTrue(client.answer().body().endsWith(" /before from " + client.port() + "\n"));
                    assertTrue(client.answer().body().endsWith(" /behind from " + client.port() + "\n"));
                    Answer answer = client.ask("/after");
                    assertFalse(answer.close());
                }
                assertEquals(List.of(), previous.next(Message.Drained.class).cut());
            }
            for (RawClient client : clients) {
                assertEquals(
                        "gen=4 /x from " + client.port() + "\n",
                        client.ask("/x").body());
                client.close();
            }
        }
    }

    @Test
    void expectContinueAcrossTheHandoverIsAnsweredOnceByWhoeverReadsTheHead() throws Exception {
        String head = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
        try (JettyPair jetty = new JettyPair(1)) {
            WorkerEnd old = jetty.start();
            old.accept();
            List<RawClient> clients = new ArrayList<>();
            for (int cut = 0; cut <= head.length(); cut++) {
                RawClient client = new RawClient(jetty.address());
                client.ask("/warm");
                client.send(head.substring(0, cut));
                clients.add(client);
            }
            jetty.upgrade(old);
            for (int cut = 0; cut <= head.length(); cut++) {
                RawClient client = clients.get(cut);
                client.send(head.substring(cut));
                assertEquals(100, client.answer().status(), "cut at " + cut);
                Answer answer = client.send("hello").answer();
                assertEquals(200, answer.status());
                assertEquals("hello", answer.body());
            }
            assertEquals(List.of(), old.next(Message.Drained.class).cut());
            for (RawClient client : clients) {
                assertTrue(client.ask("/next").body().startsWith("gen=2 /next"));
                client.close();
            }
        }
    }

    @Test
    void aChunkedUploadCutAtAnyByteArrivesWholeAndOnce() throws Exception {
        String request = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n";
        try (JettyPair jetty = new JettyPair(1)) {
            WorkerEnd old = jetty.start();
            old.accept();
            List<RawClient> clients = new ArrayList<>();
            for (int cut = 0; cut < request.length(); cut++) {
                RawClient client = new RawClient(jetty.address());
                client.ask("/warm");
                client.send(request.substring(0, cut));
                clients.add(client);
            }
            jetty.upgrade(old);
            for (int cut = 0; cut < request.length(); cut++) {
                RawClient client = clients.get(cut);
                Answer answer = client.send(request.substring(cut)).answer();
                assertEquals("hello, world", answer.body(), "cut at " + cut);
                assertFalse(answer.close());
            }
            assertEquals(List.of(), old.next(Message.Drained.class).cut());
            for (RawClient client : clients) {
                assertTrue(client.ask("/next").body().startsWith("gen=2 /next"));
                client.close();
            }
        }
    }

    @Test
    void aPartialHeadThatNeverEndsDoesNotHoldTheOldWorker() throws Exception {
        try (JettyPair jetty = new JettyPair(1);
                RawClient client = new RawClient(jetty.address())) {
            WorkerEnd old = jetty.start();
            old.accept();
            client.ask("/");
            client.send("GET /partial HTTP/1.1\r\nHos");
            awaitRead(jetty);
            jetty.upgrade(old);
            assertEquals(List.of(), old.next(Message.Drained.class).cut(), "moved with the bytes it had read");
            client.send("t: x\r\n\r\n");
            assertTrue(client.answer().body().startsWith("gen=2 /partial"));
        }
    }

    @Test
    void pipelinedRequestsAcrossTheHandoverAreAnsweredOnceEachInOrder() throws Exception {
        try (JettyPair jetty = new JettyPair(1)) {
            WorkerEnd old = jetty.start();
            old.accept();
            RawClient client = new RawClient(jetty.address());
            for (int generation = 1; generation <= 20; generation++) {
                StringBuilder many = new StringBuilder();
                for (int i = 0; i < 50; i++) {
                    many.append(RawClient.get("/" + i));
                }
                String text = many.toString();
                int cut = generation * text.length() / 21;
                client.send(text.substring(0, cut));
                WorkerEnd next = jetty.upgrade(old);
                client.send(text.substring(cut));
                for (int i = 0; i < 50; i++) {
                    String body = client.answer().body();
                    assertTrue(body.contains(" /" + i + " from"), "expected " + i + ", got " + body);
                }
                assertEquals(List.of(), old.next(Message.Drained.class).cut());
                old = next;
            }
            client.close();
        }
    }

    @Test
    void withoutANextWorkerIdleConnectionsAreAnsweredWithConnectionClose() throws Exception {
        try (JettyPair jetty = new JettyPair(1);
                RawClient client = new RawClient(jetty.address())) {
            WorkerEnd only = jetty.start();
            only.accept();
            client.ask("/");
            only.say(new Message.Drain(Duration.ofSeconds(20)));
            Answer answer = client.ask("/last");
            while (!answer.close()) { // as long as the drain has not begun
                answer = client.ask("/last");
            }
            assertTrue(answer.close());
            assertTrue(client.isAtEnd());
            assertEquals(List.of(), only.next(Message.Drained.class).cut());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/wait", "/later"})
    void withoutANextWorkerARequestInWorkIsAnsweredWithConnectionClose(String path) throws Exception {
        try (JettyPair jetty = new JettyPair(1);
                RawClient client = new RawClient(jetty.address());
                RawClient other = new RawClient(jetty.address())) {
            WorkerEnd only = jetty.start();
            only.accept();
            client.send(RawClient.get(path));
            awaitActive(only);
            other.ask("/"); // or it would wait for whoever accepts next
            only.say(new Message.Drain(Duration.ofSeconds(20)));
            while (!other.ask("/").close()) { // as long as the drain has not begun
                Thread.onSpinWait();
            }
            jetty.gate.countDown();
            assertTrue(client.answer().close());
            assertEquals(List.of(), only.next(Message.Drained.class).cut());
        }
    }

    @Test
    void atTheDeadlineWhatIsLeftIsCutAndNamed() throws Exception {
        try (JettyPair jetty = new JettyPair(1);
                RawClient client = new RawClient(jetty.address())) {
            WorkerEnd only = jetty.start();
            only.accept();
            client.ask("/");
            List<String> cut = only.drain(Duration.ofMillis(300));
            assertEquals(1, cut.size());
            assertTrue(cut.get(0).contains("http /127.0.0.1:" + client.port()), cut.get(0));
            assertTrue(cut.get(0).endsWith("waiting for its client"), cut.get(0));
            assertTrue(client.isAtEnd());
        }
    }

    @Test
    void aNextWorkerThatCannotTakeThemLeavesTheConnectionsWhereTheyAre() throws Exception {
        try (JettyPair jetty = new JettyPair(1);
                RawClient client = new RawClient(jetty.address())) {
            WorkerEnd old = jetty.start();
            old.accept();
            client.ask("/");
            WorkerEnd next = jetty.start();
            next.accept();
            old.park();
            jetty.server(2).getConnectors()[0].stop();
            jetty.supervisor().handOverInVain(old, next, Duration.ofSeconds(20));
            Answer answer = client.ask("/stay");
            assertTrue(answer.body().equals("gen=1 /stay from " + client.port() + "\n"), answer.body());
        }
    }

    /** Or where there was none. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whereTheNextWorkerHasDiedConnectionsMoveToTheOneAfterIt(boolean wasThere) throws Exception {
        try (JettyPair jetty = new JettyPair(1);
                NextWorker first = new NextWorker();
                RawClient client = new RawClient(jetty.address());
                RawClient other = new RawClient(jetty.address())) {
            WorkerEnd old = jetty.start();
            old.accept();
            client.ask("/");
            other.ask("/");
            old.park();
            if (wasThere) {
                first.drain(old, FakeSupervisor.PATIENCE);
                first.receive().closeFds();
                first.vanish();
            } else {
                old.say(new Message.Drain(FakeSupervisor.PATIENCE));
            }
            WorkerEnd next = jetty.start();
            next.accept();
            jetty.supervisor().handOver(old, next, FakeSupervisor.PATIENCE);
            assertEquals(List.of(), old.next(Message.Drained.class).cut());
            assertEquals(
                    "gen=2 /then from " + client.port() + "\n",
                    client.ask("/then").body());
            assertEquals(
                    "gen=2 /then from " + other.port() + "\n",
                    other.ask("/then").body());
        }
    }

    @Test
    void whileTheNextWorkerTakesItsTimeOnlyAFewWaitForIt() throws Exception {
        try (JettyPair jetty = new JettyPair(1)) {
            WorkerEnd old = jetty.start();
            old.accept();
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 3 * Mover.AT_ONCE; i++) {
                clients.add(new RawClient(jetty.address()));
                clients.get(i).ask("/");
            }
            Set<Integer> away = new HashSet<>();
            Fd[] pair = Libc.socketPair();
            try (Fd givers = pair[0];
                    HandoverChannel taker = new HandoverChannel(pair[1])) {
                old.park();
                old.say(new Message.Drain(Duration.ofSeconds(20)), List.of(givers));
                while (away.size() < Mover.AT_ONCE) {
                    HandoverChannel.Envelope offered = taker.receive();
                    away.add(((InetSocketAddress)
                                    Libc.remoteAddress(offered.fds().get(0).number())
                                            .orElseThrow())
                            .getPort());
                    offered.closeFds();
                }
                for (RawClient client : clients) {
                    if (!away.contains(client.port())) {
                        assertTrue(client.ask("/still").body().startsWith("gen=1 /still"));
                    }
                }
            }
            for (RawClient client : clients) {
                assertTrue(client.ask("/back").body().startsWith("gen=1 /back"), "it was never taken");
                client.close();
            }
        }
    }

    @Test
    void aClientThatHalfClosesAfterItsRequestGetsItsAnswer() throws Exception {
        try (JettyPair jetty = new JettyPair(1);
                RawClient client = new RawClient(jetty.address())) {
            WorkerEnd old = jetty.start();
            old.accept();
            client.ask("/");
            client.send(RawClient.get("/wait"));
            client.halfClose();
            awaitActive(old);
            jetty.upgrade(old);
            jetty.gate.countDown();
            assertTrue(client.answer().body().startsWith("gen=1 /wait"));
            assertTrue(client.isAtEnd());
            assertEquals(List.of(), old.next(Message.Drained.class).cut());
        }
    }

    @Test
    void whatClientsAreServedIsCountedOnceAndWhatIsAskedInPrivateIsNot() throws Exception {
        try (JettyPair jetty = new JettyPair(1)) {
            WorkerEnd old = jetty.start();
            String hidden = old.next(Message.Bound.class).privateAddress();
            try (RawClient check = new RawClient(((ListenAddress.Inet) ListenAddress.parse(hidden)).address())) {
                check.ask("/check");
            }
            awaitNobody(jetty.server(1)); // its answer came before it was counted
            old.accept();
            try (RawClient client = new RawClient(jetty.address())) {
                for (int i = 0; i < 3; i++) {
                    client.ask("/");
                }
                WorkerEnd next = jetty.upgrade(old);
                Traffic first = served(old);
                assertEquals(1, first.accepted());
                assertEquals(List.of(0L, 0L, 3L, 0L, 0L, 0L), first.statuses());
                assertEquals(3, first.requests());
                assertTrue(first.micros() > 0, first::toString);
                client.ask("/");
                jetty.upgrade(next);
                Traffic second = served(next);
                assertEquals(0, second.accepted(), "it came from the worker before");
                assertEquals(1, second.requests());
            }
        }
    }

    @Test
    void whatNoHandlerSeesIsCountedToo() throws Exception {
        try (JettyPair jetty = new JettyPair(1);
                RawClient client = new RawClient(jetty.address())) {
            WorkerEnd only = jetty.start();
            only.accept();
            client.send("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
            assertEquals(400, client.answer().status());
            assertTrue(client.isAtEnd());
            only.say(new Message.Drain(Duration.ofSeconds(20)));
            assertEquals(List.of(0L, 0L, 0L, 0L, 1L, 0L), served(only).statuses());
        }
    }

    private static void awaitNobody(Server server) {
        ServerConnector connector = (ServerConnector) server.getConnectors()[0];
        while (!connector.getConnectedEndPoints().isEmpty()) {
            Thread.onSpinWait();
        }
    }

    /** What a worker that has drained has served. */
    private static Traffic served(WorkerEnd worker) throws Exception {
        worker.next(Message.Drained.class);
        return worker.heard().stream()
                .filter(Message.Served.class::isInstance)
                .map(message -> ((Message.Served) message).traffic())
                .reduce((before, last) -> last)
                .orElseThrow();
    }

    private static void awaitActive(WorkerEnd worker) {
        while (worker.next(Message.Progress.class).active() == 0) {
            Thread.onSpinWait();
        }
    }

    /** The next request on another connection is answered after whatever the selectors had to read before. */
    private static void awaitRead(JettyPair jetty) throws IOException {
        for (int i = 0; i < 10; i++) {
            generation(jetty.address());
        }
    }

    private static int generation(InetSocketAddress address) throws IOException {
        try (RawClient client = new RawClient(address)) {
            return Integer.parseInt(client.ask("/").body().substring("gen=".length(), "gen=".length() + 1));
        }
    }

    private static int askPrivately(WorkerEnd worker) throws IOException {
        String address = worker.privateAddress("http");
        int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
        try (RawClient client = new RawClient(new InetSocketAddress("127.0.0.1", port))) {
            return client.ask("/").status();
        }
    }
}
