package dev.baton.kit;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Fd;
import dev.baton.handover.HandoverChannel;
import dev.baton.handover.KernelThread;
import dev.baton.handover.Libc;
import dev.baton.handover.ListenAddress;
import dev.baton.handover.Message;
import dev.baton.handover.OpenFiles;
import dev.baton.kit.FakeSupervisor.WorkerEnd;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that move from one worker to the next: two workers in this process, and all that lies between them. */
@Timeout(120)
class HandoverTest {
    private static final Duration PATIENCE = FakeSupervisor.PATIENCE;

    private OpenFiles before;

    @BeforeEach
    void remember() {
        before = OpenFiles.now();
    }

    @AfterEach
    void nothingIsLeftOpen() {
        before.assertNothingIsLeft();
    }

    @Test
    void aClientStaysConnectedThroughFiftyVersionsAndIsCountedOn() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            InetSocketAddress address = supervisor.listen("line", "127.0.0.1:0");
            LineServer current = LineServer.start(supervisor, 1);
            supervisor.worker(1).accept();
            try (LineClient chatty = LineClient.connect(address);
                    LineClient silent = LineClient.connect(address)) {
                assertEquals("1 1: hello", chatty.say("hello"));
                assertEquals("1 1: hello", silent.say("hello"));
                int said = 1;
                for (int generation = 2; generation <= 51; generation++) {
                    LineServer next = LineServer.start(supervisor, generation);
                    assertEquals(generation - 1 + " " + ++said + ": a", chatty.say("a"));
                    upgrade(supervisor, generation);
                    assertDrained(supervisor.worker(generation - 1), 2);
                    current.awaitStopped();
                    assertEquals(List.of(), current.failures());
                    current.close();
                    current = next;
                    assertEquals(generation + " " + ++said + ": b", chatty.say("b"));
                }
                assertEquals("51 2: still here", silent.say("still here"));
            } finally {
                current.close();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 44_999, 45_000, 45_001, 64 * 1024})
    void stateArrivesAsItWasUpToItsLargestSize(int size) throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            InetSocketAddress address = supervisor.listen("line", "127.0.0.1:0");
            try (LineServer first = LineServer.start(supervisor, 1, size);
                    LineServer second = LineServer.start(supervisor, 2, size)) {
                supervisor.worker(1).accept();
                try (LineClient client = LineClient.connect(address)) {
                    assertEquals("1 1: a", client.say("a"));
                    upgrade(supervisor, 2);
                    assertDrained(supervisor.worker(1), 1);
                    assertEquals("2 2: b", client.say("b"));
                }
                assertEquals(List.of(), first.failures());
                assertEquals(List.of(), second.failures());
            }
        }
    }

    @Test
    void aLineThatIsOnTheWireTravelsWithItsConnection() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            InetSocketAddress address = supervisor.listen("line", "127.0.0.1:0");
            try (LineServer first = LineServer.start(supervisor, 1);
                    LineServer second = LineServer.start(supervisor, 2)) {
                supervisor.worker(1).accept();
                try (LineClient client = LineClient.connect(address)) {
                    assertEquals("1 1: a", client.say("a"));
                    client.write("begun he");
                    await().atMost(PATIENCE)
                            .until(() -> supervisor.worker(1).heard().contains(new Message.Progress(1, 0, 0)));
                    upgrade(supervisor, 2);
                    await().atMost(PATIENCE).until(first::isDraining);
                    client.write("re\nand two\nat once\n");
                    assertEquals("1 2: begun here", client.readLine());
                    assertDrained(supervisor.worker(1), 1);
                    assertEquals("2 3: and two", client.readLine());
                    assertEquals("2 4: at once", client.readLine());
                }
                assertEquals(List.of(), first.failures());
                assertEquals(List.of(), second.failures());
            }
        }
    }

    @Test
    void aHundredTalkingClientsMoveAndLoseNoLine() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            InetSocketAddress address = supervisor.listen("line", "127.0.0.1:0");
            try (LineServer first = LineServer.start(supervisor, 1);
                    LineServer second = LineServer.start(supervisor, 2)) {
                supervisor.worker(1).accept();
                CompletableFuture<Void> enough = new CompletableFuture<>();
                List<Attempt<Integer>> clients = new ArrayList<>();
                for (int i = 0; i < 100; i++) {
                    clients.add(Attempt.of(() -> talk(address, enough)));
                }
                await().atMost(PATIENCE).until(() -> first.serving() == 100);
                upgrade(supervisor, 2);
                assertDrained(supervisor.worker(1), 100);
                enough.complete(null);
                for (Attempt<Integer> client : clients) {
                    assertEquals(2, client.result(), "served by the second in the end");
                }
                assertEquals(List.of(), first.failures());
                assertEquals(List.of(), second.failures());
            }
        }
    }

    /** Talks until it is enough and then once more, checking every answer; the generation that gave the last. */
    private static int talk(InetSocketAddress address, CompletableFuture<Void> enough) throws IOException {
        try (LineClient client = LineClient.connect(address)) {
            for (int said = 1; ; said++) {
                boolean isLast = enough.isDone();
                String answer = client.say("line " + said);
                int generation = answer.charAt(0) - '0';
                assertEquals(generation + " " + said + ": line " + said, answer);
                if (isLast) {
                    return generation;
                }
            }
        }
    }

    @Test
    void aWorkerThatHasNoDescriptorLeftDrainsAndMovesItsConnections() throws Exception {
        NoDescriptors.rehearse();
        Fd[] pair = Libc.socketPair();
        try (FakeSupervisor supervisor = FakeSupervisor.open();
                HandoverChannel next = new HandoverChannel(pair[0]);
                Fd givers = pair[1]) {
            InetSocketAddress address = supervisor.listen("line", "127.0.0.1:0");
            try (LineServer first = LineServer.start(supervisor, 1);
                    LineClient client = LineClient.connect(address)) {
                supervisor.worker(1).accept();
                assertEquals("1 1: a", client.say("a"));
                KernelThread.awaitPolling("baton-link"); // and has taken its reserve
                NoDescriptors none = NoDescriptors.left(givers);
                try {
                    supervisor.worker(1).say(new Message.Drain(PATIENCE), List.of(givers));
                    assertTrue(next.receive(PATIENCE).message() instanceof Message.State);
                    HandoverChannel.Envelope offer = next.receive(PATIENCE);
                    offer.closeFds();
                    next.send(new Message.Taken(((Message.Offer) offer.message()).id()), PATIENCE);
                    assertDrained(supervisor.worker(1), 1);
                } finally {
                    none.free();
                }
                assertEquals(List.of(), first.failures());
            }
        }
    }

    @Test
    void aConnectionThatComesWhileThereIsNoDescriptorIsTakenAndSoAreThoseBehindIt() throws Exception {
        NoDescriptors.rehearse();
        Fd[] pair = Libc.socketPair();
        try (Echo taker = new Echo(2);
                Connections connections = new Connections(true);
                ConnectionPair client = ConnectionPair.open(connections);
                ConnectionPair inNeed = ConnectionPair.open(connections);
                Fd first = Libc.duplicate(client.fd());
                Fd second = Libc.duplicate(inNeed.fd());
                HandoverChannel giver = new HandoverChannel(pair[0])) {
            Adoption.start(new HandoverChannel(pair[1]), Map.of("line", taker.listener.adopter()));
            assertEquals(new Message.Taken(1), answerTo(1, first, giver));
            KernelThread.awaitPolling("baton-adoption"); // and has taken its reserve
            NoDescriptors none = NoDescriptors.left(first);
            Message answer;
            try {
                answer = answerTo(2, second, giver);
            } finally {
                none.free();
            }
            assertEquals(new Message.Taken(2), answer);
            assertEquals(new Message.Taken(3), answerTo(3, first, giver));
        }
    }

    private static Message answerTo(long id, Fd connection, HandoverChannel giver) throws IOException {
        giver.send(new Message.Offer(id, "line", "stream"), List.of(connection), PATIENCE);
        return giver.receive(PATIENCE).message();
    }

    // ---- what does not move ----

    @Test
    void whatTheNextWorkerDeclinesStaysAndIsServed() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            InetSocketAddress address = supervisor.listen("line", "127.0.0.1:0");
            try (LineServer first = LineServer.start(supervisor, 1);
                    Worker second = TestWorkers.attach(supervisor.environment(2))) {
                second.ready(); // without the listener
                supervisor.worker(1).accept();
                try (LineClient client = LineClient.connect(address)) {
                    assertEquals("1 1: a", client.say("a"));
                    supervisor.worker(2).accept();
                    supervisor.worker(1).park();
                    supervisor.handOverInVain(supervisor.worker(1), supervisor.worker(2), PATIENCE);
                    for (int said = 2; said < 20; said++) {
                        assertEquals("1 " + said + ": b", client.say("b"));
                    }
                    assertEquals(1, first.serving());
                }
                assertEquals(
                        List.of(),
                        supervisor.worker(1).next(Message.Drained.class).cut());
                assertEquals(List.of(), first.failures());
            }
        }
    }

    @Test
    void aNextWorkerThatDrainsItselfDeclines() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            InetSocketAddress address = supervisor.listen("line", "127.0.0.1:0");
            try (LineServer first = LineServer.start(supervisor, 1);
                    LineServer second = LineServer.start(supervisor, 2)) {
                supervisor.worker(1).accept();
                supervisor.worker(2).drain(PATIENCE);
                try (LineClient client = LineClient.connect(address)) {
                    assertEquals("1 1: a", client.say("a"));
                    supervisor.handOver(supervisor.worker(1), supervisor.worker(2), PATIENCE);
                    assertEquals("1 2: b", client.say("b"));
                    assertEquals("1 3: c", client.say("c"));
                }
                assertEquals(
                        List.of(),
                        supervisor.worker(1).next(Message.Drained.class).cut());
                assertEquals(List.of(), second.failures());
                assertEquals(0, first.serving());
            }
        }
    }

    @Test
    void withoutANextWorkerConnectionsStayUntilTheyEnd() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            InetSocketAddress address = supervisor.listen("line", "127.0.0.1:0");
            try (LineServer first = LineServer.start(supervisor, 1)) {
                supervisor.worker(1).accept();
                try (LineClient client = LineClient.connect(address)) {
                    assertEquals("1 1: a", client.say("a"));
                    Fd[] pair = Libc.socketPair();
                    try (Fd givers = pair[0];
                            Fd nobodys = pair[1]) {
                        supervisor.worker(1).say(new Message.Drain(PATIENCE), List.of(givers));
                        hangUp(nobodys);
                    }
                    assertEquals("1 2: b", client.say("b"));
                }
                assertEquals(
                        List.of(),
                        supervisor.worker(1).next(Message.Drained.class).cut());
                assertEquals(List.of(), first.failures());
            }
        }
    }

    /** Whether or not they were on their way to it, and say anything meanwhile. */
    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void whereTheNextWorkerHasDiedConnectionsMoveToTheOneAfterIt(int offers) throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            InetSocketAddress address = supervisor.listen("line", "127.0.0.1:0");
            try (LineServer first = LineServer.start(supervisor, 1);
                    LineServer second = LineServer.start(supervisor, 2)) {
                supervisor.worker(1).accept();
                try (LineClient chatty = LineClient.connect(address);
                        LineClient silent = LineClient.connect(address)) {
                    assertEquals("1 1: a", chatty.say("a"));
                    assertEquals("1 1: a", silent.say("a"));
                    Fd[] pair = Libc.socketPair();
                    try (Fd givers = pair[0];
                            HandoverChannel dying = new HandoverChannel(pair[1])) {
                        supervisor.worker(1).say(new Message.Drain(PATIENCE), List.of(givers));
                        for (int left = 2 * offers; left > 0; left--) { // each with its state
                            dying.receive(PATIENCE).closeFds();
                        }
                    }
                    await().atMost(PATIENCE).until(first::isDraining);
                    assertEquals("1 2: b", chatty.say("b"));
                    supervisor.handOver(supervisor.worker(1), supervisor.worker(2), PATIENCE);
                    assertDrained(supervisor.worker(1), 2);
                    assertEquals("2 3: c", chatty.say("c"));
                    assertEquals("2 2: b", silent.say("b"));
                }
                assertEquals(List.of(), first.failures());
                assertEquals(List.of(), second.failures());
            }
        }
    }

    @Test
    void atTheDeadlineWhatTheNextWorkerHasNotAnsweredIsCutHereAlone() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            InetSocketAddress address = supervisor.listen("line", "127.0.0.1:0");
            try (LineServer first = LineServer.start(supervisor, 1)) {
                supervisor.worker(1).accept();
                try (LineClient client = LineClient.connect(address)) {
                    assertEquals("1 1: a", client.say("a"));
                    Fd[] pair = Libc.socketPair();
                    try (HandoverChannel silent = new HandoverChannel(pair[1]);
                            Fd givers = pair[0]) {
                        supervisor.worker(1).say(new Message.Drain(PATIENCE), List.of(givers));
                        assertTrue(silent.receive(PATIENCE).message() instanceof Message.State);
                        HandoverChannel.Envelope offer = silent.receive(PATIENCE);
                        List<String> cut = supervisor.worker(1).drain(Duration.ZERO);
                        assertTrue(cut.size() <= 1, cut::toString); // or the program was quicker to give up
                        first.awaitStopped();
                        await().atMost(PATIENCE).until(() -> first.serving() == 0);
                        // The client has noticed nothing: whoever has the descriptor may go on.
                        try (AdoptedAnswer taken =
                                AdoptedAnswer.over(offer.fds().get(0))) {
                            taken.write("from elsewhere\n");
                            assertEquals("from elsewhere", client.readLine());
                        }
                    }
                }
            }
        }
    }

    /** A descriptor that was received, to talk to the client with. */
    private record AdoptedAnswer(AdoptedChannel adopted) implements AutoCloseable {
        static AdoptedAnswer over(Fd fd) throws IOException {
            try (fd) {
                return new AdoptedAnswer(AdoptedChannel.of(fd));
            }
        }

        void write(String text) throws IOException {
            adopted.channel()
                    .write(java.nio.ByteBuffer.wrap(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
        }

        @Override
        public void close() throws IOException {
            adopted.channel().close();
        }
    }

    // ---- whoever dies when ----

    /** In the middle of the move the line between the two breaks: each connection is then one worker's, and served. */
    @Test
    void eachConnectionIsServedByExactlyOneWhenTheNextWorkerDiesInTheMiddle() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed of the breaks: " + seed);
        Random random = new Random(seed);
        int given = 0;
        int kept = 0;
        int rounds = 0;
        for (; rounds < 40 || (given == 0 || kept == 0) && rounds < 1000; rounds++) {
            Break outcome = breakInTheMiddle(random, 8);
            given += outcome.given;
            kept += outcome.kept;
        }
        System.out.println("given " + given + ", kept " + kept);
        assertEquals(rounds * 8, given + kept, "seed " + seed);
        assertTrue(given > 0 && kept > 0, "one side had them all: given " + given + ", kept " + kept);
    }

    private record Break(int given, int kept) {}

    private static Break breakInTheMiddle(Random random, int clients) throws Exception {
        Fd[] pair = Libc.socketPair();
        HandoverChannel takers = new HandoverChannel(pair[1]);
        try (Echo giver = new Echo(1);
                Echo taker = new Echo(2);
                LineClients all = LineClients.connect(giver.address(), clients)) {
            for (LineClient client : all.clients()) {
                assertEquals("1", client.say("who?"));
            }
            int spin = random.nextInt(1 << random.nextInt(21)); // as often short as long
            Attempt<Void> adoption = Attempt.of(() -> {
                new Adoption(takers, Map.of("line", taker.listener.adopter())).run();
                return null;
            });
            giver.connections.drain(new Drain(
                    System.nanoTime() + PATIENCE.toNanos(), Optional.of(new Handover(new HandoverChannel(pair[0])))));
            for (int i = 0; i < spin; i++) {
                Thread.onSpinWait();
            }
            takers.close();
            adoption.result();

            int given = 0;
            int kept = 0;
            for (LineClient client : all.clients()) {
                String who = client.say("who?");
                given += who.equals("2") ? 1 : 0;
                kept += who.equals("1") ? 1 : 0;
                assertEquals(who, client.say("who?"), "and it stays so");
            }
            List<Long> wanted = List.of((long) kept, (long) given, (long) given);
            // The taker may have answered its client before the giver has counted it as gone.
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertEquals(
                            wanted,
                            List.of(giver.open(), taker.open(), giver.connections.handedOver()),
                            "kept, given, handed over"));
            return new Break(given, kept);
        }
    }

    private record LineClients(List<LineClient> clients) implements AutoCloseable {
        static LineClients connect(InetSocketAddress address, int count) throws IOException {
            List<LineClient> clients = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                clients.add(LineClient.connect(address));
            }
            return new LineClients(clients);
        }

        @Override
        public void close() throws IOException {
            for (LineClient client : clients) {
                client.close();
            }
        }
    }

    /** A program without a supervisor around it: says who it is. */
    private static final class Echo implements AutoCloseable {
        private final int name;
        private final Connections connections = new Connections(true);
        private final StoppableListener listener;
        private final List<Thread> threads = new ArrayList<>();

        Echo(int name) throws IOException {
            this.name = name;
            listener = new StoppableListener(
                    "line",
                    java.nio.channels.ServerSocketChannel.open()
                            .bind(((ListenAddress.Inet) ListenAddress.parse("127.0.0.1:0")).address()),
                    connections,
                    true);
            run(() -> {
                try {
                    while (true) {
                        TrackedConnection connection = listener.accept();
                        run(() -> serve(connection));
                    }
                } catch (IOException e) {
                    // Stopped.
                }
            });
        }

        private synchronized void run(Runnable loop) {
            Thread thread = new Thread(loop, "echo-" + name + "-" + threads.size());
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }

        private void serve(TrackedConnection connection) {
            try (connection) {
                while (connection.quiet(new byte[0])) {
                    int b;
                    while ((b = connection.input().read()) != '\n') {
                        if (b < 0) {
                            return;
                        }
                    }
                    connection.output().write((name + "\n").getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                }
            } catch (IOException e) {
                // The client is gone.
            }
        }

        InetSocketAddress address() throws IOException {
            return (InetSocketAddress) listener.address();
        }

        long open() {
            return connections.active() + connections.idle();
        }

        @Override
        public void close() throws IOException {
            listener.close();
            connections.close();
            List<Thread> left;
            synchronized (this) {
                left = List.copyOf(threads);
            }
            Ends.await(left);
        }
    }

    @Test
    void aPeerThatSpeaksNonsenseTakesNothing() throws Exception {
        Fd[] pair = Libc.socketPair();
        try (Connections connections = new Connections(true);
                ConnectionPair client = ConnectionPair.open(connections);
                HandoverChannel peer = new HandoverChannel(pair[1])) {
            Handover handover = new Handover(new HandoverChannel(pair[0]));
            try (Fd fd = Libc.duplicate(client.fd())) {
                CompletableFuture<Boolean> answer = handover.offer("line", "stream", fd, new byte[0]);
                peer.receive(PATIENCE).closeFds();
                peer.send(new Message.Taken(4711), PATIENCE); // nobody asked
                peer.send(new Message.Ready(), PATIENCE);
                assertFalse(answer.get(20, TimeUnit.SECONDS));
                await().atMost(PATIENCE).until(() -> !handover.isOpen());
                assertThrows(IOException.class, () -> peer.send(new Message.Taken(1), PATIENCE));
                assertFalse(handover.offer("line", "stream", fd, new byte[0]).get(20, TimeUnit.SECONDS));
            }
            handover.close();
        }
    }

    @Test
    void stateThatIsTooMuchOrNoBase64EndsTheAdoption() throws Exception {
        List<List<Message>> lies = List.of(
                List.of(new Message.State("this is no base64")),
                List.of(state(45_000), state(45_000)),
                List.of(new Message.Offer(1, "line", "stream")),
                List.of(new Message.Ready()));
        for (List<Message> said : lies) {
            Fd[] pair = Libc.socketPair();
            try (HandoverChannel giver = new HandoverChannel(pair[0])) {
                Attempt<Void> adoption = Attempt.of(() -> {
                    new Adoption(new HandoverChannel(pair[1]), Map.of()).run();
                    return null;
                });
                for (Message message : said) {
                    giver.send(message, PATIENCE);
                }
                adoption.result();
                assertThrows(IOException.class, () -> giver.receive(PATIENCE), said::toString);
            }
        }
    }

    private static Message state(int bytes) {
        return new Message.State(java.util.Base64.getEncoder().encodeToString(new byte[bytes]));
    }

    @Test
    void aReasonHoweverLongReachesTheGiver() throws Exception {
        Fd[] pair = Libc.socketPair();
        try (HandoverChannel giver = new HandoverChannel(pair[0]);
                Fd some = Libc.listen((ListenAddress.Bindable) ListenAddress.parse("127.0.0.1:0"), 1)) {
            Adopter wordy = (protocol, connection, state) -> {
                throw new IOException("no ".repeat(100_000));
            };
            Attempt<Void> adoption = Attempt.of(() -> {
                new Adoption(new HandoverChannel(pair[1]), Map.of("line", wordy)).run();
                return null;
            });
            giver.send(new Message.Offer(7, "line", "stream"), List.of(some), PATIENCE);
            Message.Declined declined =
                    (Message.Declined) giver.receive(PATIENCE).message();
            assertEquals(7, declined.id());
            giver.shutdownOutput();
            adoption.result();
        }
    }

    @Test
    void whatOnlyANewerWorkerSaysIsPassedOverByBoth() throws Exception {
        Message news = new Message.Unknown("weather");
        Fd[] pair = Libc.socketPair();
        try (Connections connections = new Connections(true);
                ConnectionPair client = ConnectionPair.open(connections);
                Fd fd = Libc.duplicate(client.fd());
                HandoverChannel giver = new HandoverChannel(pair[0])) {
            Adopter none = (protocol, connection, state) -> {
                throw new IOException("no");
            };
            Adoption.start(new HandoverChannel(pair[1]), Map.of("line", none));
            giver.send(news, List.of(fd), PATIENCE);
            giver.send(new Message.Offer(7, "line", "stream"), List.of(fd), PATIENCE);
            assertEquals(new Message.Declined(7, "no"), giver.receive(PATIENCE).message());
        }
        pair = Libc.socketPair();
        try (Connections connections = new Connections(true);
                ConnectionPair client = ConnectionPair.open(connections);
                Fd fd = Libc.duplicate(client.fd());
                HandoverChannel taker = new HandoverChannel(pair[1])) {
            Handover handover = new Handover(new HandoverChannel(pair[0]));
            CompletableFuture<Boolean> answer = handover.offer("line", "stream", fd, new byte[0]);
            taker.receive(PATIENCE).closeFds();
            taker.send(news, List.of(fd), PATIENCE);
            taker.send(new Message.Taken(1), PATIENCE);
            assertTrue(answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
            handover.close();
        }
    }

    // ---- what the tests stand on ----

    private static void upgrade(FakeSupervisor supervisor, int generation) throws IOException {
        WorkerEnd old = supervisor.worker(generation - 1);
        WorkerEnd next = supervisor.worker(generation);
        next.accept();
        old.park();
        supervisor.handOver(old, next, PATIENCE);
    }

    private static void assertDrained(WorkerEnd worker, int handedOver) {
        assertEquals(List.of(), worker.next(Message.Drained.class).cut());
        List<Message> heard = worker.heard();
        Message.Progress last = (Message.Progress) heard.stream()
                .filter(Message.Progress.class::isInstance)
                .reduce((first, second) -> second)
                .orElseThrow();
        assertEquals(new Message.Progress(0, 0, handedOver), last);
    }

    /** Earlier than its try statement would. */
    private static void hangUp(Fd fd) {
        fd.close();
    }
}
