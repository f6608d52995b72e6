package dev.baton.kit;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Fd;
import dev.baton.handover.HandoverChannel;
import dev.baton.handover.KernelThread;
import dev.baton.handover.Libc;
import dev.baton.handover.ListenAddress;
import dev.baton.handover.ListenerSpec;
import dev.baton.handover.Message;
import dev.baton.handover.OpenFiles;
import dev.baton.kit.FakeSupervisor.WorkerEnd;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class WorkerTest {
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

    // ---- alone ----

    @Test
    void aloneItBindsByItselfAndServesAtOnce() throws Exception {
        try (Worker worker = TestWorkers.attach(Map.of());
                StoppableListener listener = worker.listener("line", new InetSocketAddress("127.0.0.1", 0))) {
            assertFalse(worker.isSupervised());
            assertEquals(0, worker.generation());
            assertEquals(List.of(), worker.listeners());
            worker.ready();
            worker.onDrain(drain -> {});
            try (LineClient client = LineClient.connect((InetSocketAddress) listener.address());
                    TrackedConnection connection = listener.accept()) {
                client.write("hello\n");
                assertTrue(connection.quiet(new byte[0]));
                assertEquals('h', connection.input().read());
                hangUp(client);
            }
        }
    }

    @Test
    void aloneAListenerWithoutAnAddressTakesItFromAProperty() throws Exception {
        String property = "baton.listen.of-this-test";
        try (Worker worker = TestWorkers.attach(Map.of())) {
            IllegalStateException nowhere =
                    assertThrows(IllegalStateException.class, () -> worker.listener("of-this-test"));
            assertTrue(nowhere.getMessage().contains("-D" + property + "=:7000"), nowhere.getMessage());
            System.setProperty(property, "127.0.0.1:0");
            try (StoppableListener listener = worker.listener("of-this-test")) {
                assertNotEquals(0, ((InetSocketAddress) listener.address()).getPort());
            }
            System.setProperty(property, "unix:/run/a.sock");
            assertThrows(IllegalStateException.class, () -> worker.listener("of-this-test"));
        } finally {
            System.clearProperty(property);
        }
    }

    @Test
    void aloneAnAddressInUseIsSaidClearly() throws Exception {
        try (Fd taken = Libc.listen((ListenAddress.Bindable) ListenAddress.parse("127.0.0.1:0"), 1);
                Worker worker = TestWorkers.attach(Map.of())) {
            InetSocketAddress address = Libc.localInetAddress(taken.number()).orElseThrow();
            IOException inUse = assertThrows(IOException.class, () -> worker.listener("line", address));
            assertTrue(inUse.getMessage().startsWith("cannot bind listener line to /127.0.0.1:"), inUse.getMessage());
            assertTrue(inUse.getMessage().contains("in use"), inUse.getMessage());
        }
    }

    // ---- waiting ----

    @Test
    void aWorkerThatIsWarmedUpRehearsesUntilItIsToldToAccept() throws Exception {
        RehearsalTest.Moves moves = new RehearsalTest.Moves(true);
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            supervisor.listen("line", "127.0.0.1:0");
            try (Worker worker = TestWorkers.attach(supervisor.environment(1));
                    StoppableListener listener = worker.listener("line")) {
                worker.add(moves);
                worker.ready();
                assertEquals(1, moves.asked().size());
                await().atMost(PATIENCE).until(() -> {
                    moves.answered(System.currentTimeMillis()); // many more each time
                    return moves.asked().size() >= 3;
                });
                supervisor.worker(1).accept();
                await().atMost(PATIENCE)
                        .until(() -> Thread.getAllStackTraces().keySet().stream()
                                .noneMatch(thread -> thread.getName().equals("baton-rehearsal")));
                assertTrue(listener.isOpen(), "it accepts");
            }
        }
    }

    // ---- attaching ----

    @Test
    void itKnowsWhatTheSupervisorHolds() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            supervisor.listen("http", "127.0.0.1:0");
            supervisor.listen("line", "[::1]:0");
            try (Worker worker = TestWorkers.attach(supervisor.environment(7))) {
                assertTrue(worker.isSupervised());
                assertEquals(7, worker.generation());
                assertEquals(
                        List.of("http", "line"),
                        worker.listeners().stream().map(ListenerSpec::name).toList());
            }
        }
    }

    @Test
    void aListenerThatTheSupervisorDoesNotHaveIsSaidClearly() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            supervisor.listen("http", "127.0.0.1:0");
            try (Worker worker = TestWorkers.attach(supervisor.environment(1))) {
                IOException none = assertThrows(IOException.class, () -> worker.listener("htpp"));
                assertEquals("the supervisor has no listener \"htpp\"; it has [http]: see --listen", none.getMessage());
            }
        }
    }

    @Test
    void aSupervisorThatIsNotThereIsSaidClearly(@TempDir Path directory) {
        Path nobody = directory.resolve("handover.sock");
        IOException failed =
                assertThrows(IOException.class, () -> TestWorkers.attach(Map.of("BATON_HANDOVER", nobody.toString())));
        assertTrue(
                failed.getMessage().startsWith("cannot attach to the supervisor at " + nobody + ": connect"),
                failed.getMessage());
        assertTrue(failed.getMessage().contains("ENOENT"), failed.getMessage());
    }

    @Test
    void aSupervisorThatRefusesIsSaidClearly() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            Map<String, String> stranger =
                    Map.of("BATON_HANDOVER", supervisor.environment(1).get("BATON_HANDOVER"), "BATON_TOKEN", "stolen");
            IOException refused = assertThrows(IOException.class, () -> TestWorkers.attach(stranger));
            assertTrue(refused.getMessage().startsWith("cannot attach to the supervisor at"), refused.getMessage());
        }
    }

    // ---- a life under a supervisor ----

    @Test
    void aListenerIsPausedUntilItMayAccept() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            InetSocketAddress address = supervisor.listen("line", "127.0.0.1:0");
            try (LineServer server = LineServer.start(supervisor, 1);
                    LineClient early = LineClient.connect(address)) {
                WorkerEnd worker = supervisor.worker(1);
                worker.next(Message.Ready.class);
                early.write("queued\n");
                try (LineClient check = LineClient.connect(inet(worker.privateAddress("line")))) {
                    assertEquals("1 1: are you well?", check.say("are you well?"));
                }
                assertEquals(
                        List.of(Message.Bound.class, Message.Ready.class),
                        worker.heard().stream()
                                .filter(message -> !(message instanceof Message.Progress))
                                .map(Object::getClass)
                                .toList());
                worker.accept();
                assertEquals("1 1: queued", early.readLine());
                hangUp(early);
                assertEquals(List.of(), server.failures());
            }
        }
    }

    @Test
    void aParkedWorkerServesWhatItHasAndTakesNothingNew() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            InetSocketAddress address = supervisor.listen("line", "127.0.0.1:0");
            try (LineServer server = LineServer.start(supervisor, 1);
                    LineClient first = LineClient.connect(address)) {
                WorkerEnd worker = supervisor.worker(1);
                worker.accept();
                assertEquals("1 1: a", first.say("a"));
                worker.park();
                try (LineClient second = LineClient.connect(address)) {
                    second.write("waiting\n");
                    assertEquals("1 2: b", first.say("b"));
                    assertEquals(1, server.serving());
                    worker.accept();
                    assertEquals("1 1: waiting", second.readLine());
                }
                hangUp(first);
            }
        }
    }

    @Test
    void theAcceptLoopEndsOnceDrained() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            InetSocketAddress address = supervisor.listen("line", "127.0.0.1:0");
            try (LineServer server = LineServer.start(supervisor, 1);
                    LineClient client = LineClient.connect(address)) {
                WorkerEnd worker = supervisor.worker(1);
                worker.accept();
                assertEquals("1 1: a", client.say("a"));
                worker.say(new Message.Drain(PATIENCE));
                assertEquals("1 2: b", client.say("b"));
                assertTrue(server.listener().isOpen());
                hangUp(client);
                assertEquals(List.of(), worker.next(Message.Drained.class).cut());
                server.awaitStopped();
                assertFalse(server.listener().isOpen());
                assertThrows(ListenerStoppedException.class, server.listener()::accept);
            }
            // The public listener is the supervisor's still.
            try (LineClient waiting = LineClient.connect(address)) {
                waiting.write("to the next one\n");
            }
        }
    }

    @Test
    void callbacksComeInOrderAndOneThatFailsHarmsNothing() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            supervisor.listen("line", "127.0.0.1:0");
            try (LineServer server = LineServer.start(supervisor, 1)) {
                LinkedBlockingQueue<String> calls = new LinkedBlockingQueue<>();
                Worker worker = server.worker();
                Runnable failing = () -> {
                    throw new IllegalStateException("a callback that fails, as this test wants it");
                };
                worker.onResume(failing);
                worker.onPark(failing);
                worker.onDrain(drain -> failing.run());
                worker.onDrained(failing);
                worker.onResume(() -> calls.add("resume"));
                worker.onPark(() -> calls.add("park"));
                worker.onDrain(drain -> calls.add("drain " + drain.handover().isPresent() + " "
                        + (drain.remaining().compareTo(PATIENCE) <= 0)));
                worker.onDrained(() -> calls.add("drained"));
                WorkerEnd end = supervisor.worker(1);
                end.accept();
                end.park();
                end.accept();
                end.park();
                end.drain(PATIENCE);
                List<String> heard = new ArrayList<>();
                while (!heard.contains("drained")) {
                    heard.add(calls.poll(20, TimeUnit.SECONDS));
                }
                assertEquals(List.of("resume", "park", "resume", "park", "drain false true", "drained"), heard);
            }
        }
    }

    @Test
    void theDeadlineNamesWhatItHasCut() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            InetSocketAddress address = supervisor.listen("line", "127.0.0.1:0");
            try (LineServer server = LineServer.start(supervisor, 1);
                    LineClient idle = LineClient.connect(address);
                    LineClient busy = LineClient.connect(address)) {
                WorkerEnd worker = supervisor.worker(1);
                worker.accept();
                assertEquals("1 1: a", idle.say("a"));
                busy.write("half a li");
                await().atMost(PATIENCE).until(() -> server.serving() == 2);
                Message.Progress half = new Message.Progress(1, 1, 0);
                awaitProgress(worker, half);

                List<String> cut = worker.drain(Duration.ofMillis(100));

                assertEquals(2, cut.size());
                assertTrue(cut.stream()
                        .anyMatch(line -> line.startsWith("line " + idle.address() + " open for")
                                && line.endsWith("waiting for its client")));
                assertTrue(cut.stream()
                        .anyMatch(line ->
                                line.startsWith("line " + busy.address() + " open for") && line.endsWith("at work")));
                assertEquals(null, idle.readLine());
                assertEquals(List.of(), server.failures());
            }
        }
    }

    @Test
    void aSecondDrainDrawsTheDeadlineNearerAndNoFurther() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            InetSocketAddress address = supervisor.listen("line", "127.0.0.1:0");
            try (LineServer server = LineServer.start(supervisor, 1);
                    LineClient client = LineClient.connect(address)) {
                WorkerEnd worker = supervisor.worker(1);
                worker.accept();
                assertEquals("1 1: a", client.say("a"));
                worker.say(new Message.Drain(Duration.ofHours(1)));
                worker.say(new Message.Drain(Duration.ofHours(2)));
                assertEquals("1 2: b", client.say("b"));
                assertEquals(1, worker.drain(Duration.ZERO).size());
                server.awaitStopped();
                assertEquals(1, worker.drain(PATIENCE).size(), "said again");
            }
        }
    }

    @Test
    void aWorkerThatDrainsAcceptsNoMore() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            InetSocketAddress address = supervisor.listen("line", "127.0.0.1:0");
            try (LineServer server = LineServer.start(supervisor, 1);
                    LineClient client = LineClient.connect(address)) {
                WorkerEnd worker = supervisor.worker(1);
                worker.accept();
                assertEquals("1 1: a", client.say("a"));
                CountDownLatch draining = new CountDownLatch(1);
                server.worker().onDrain(drain -> draining.countDown());
                worker.say(new Message.Drain(PATIENCE));
                draining.await();
                worker.say(new Message.Accept());
                try (Socket next = new Socket(address.getAddress(), address.getPort())) {
                    hangUp(client);
                    worker.next(Message.Drained.class);
                    server.awaitStopped();
                    next.setSoTimeout(1);
                    assertThrows(
                            SocketTimeoutException.class,
                            () -> next.getInputStream().read(),
                            "it waits for the next worker");
                }
            }
        }
    }

    @Test
    void progressIsToldWhenItChanges() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            InetSocketAddress address = supervisor.listen("line", "127.0.0.1:0");
            try (LineServer server = LineServer.start(supervisor, 1);
                    LineClient client = LineClient.connect(address)) {
                WorkerEnd worker = supervisor.worker(1);
                worker.accept();
                assertEquals("1 1: a", client.say("a"));
                awaitProgress(worker, new Message.Progress(0, 1, 0));
                client.write("half a li");
                awaitProgress(worker, new Message.Progress(1, 0, 0));
                hangUp(client);
                awaitProgress(worker, new Message.Progress(0, 0, 0));
                assertEquals(List.of(), server.failures());
            }
        }
    }

    @Test
    void aUnixListenerIsServedToo() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            Path path = supervisor.directory().resolve("public.sock");
            supervisor.listen("line", "unix:" + path);
            try (LineServer server = LineServer.start(supervisor, 1)) {
                WorkerEnd worker = supervisor.worker(1);
                String address = worker.privateAddress("line");
                assertEquals("unix:" + supervisor.directory().resolve("1-line.sock"), address);
                worker.accept();
                try (Fd client = Libc.connect(path)) {
                    await().atMost(PATIENCE).until(() -> server.serving() == 1);
                    assertTrue(client.isOpen());
                }
                assertEquals(List.of(), worker.drain(PATIENCE));
            }
        }
    }

    @Test
    void whatTheSupervisorShouldNotSayIsPassedOver() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            InetSocketAddress address = supervisor.listen("line", "127.0.0.1:0");
            try (LineServer server = LineServer.start(supervisor, 1);
                    Fd some = supervisor.shared("line")) {
                WorkerEnd worker = supervisor.worker(1);
                worker.say(new Message.Taken(1), List.of(some, some));
                worker.say(new Message.Adopt());
                worker.say(new Message.Goodbye(), List.of(some));
                worker.accept();
                try (LineClient client = LineClient.connect(address)) {
                    assertEquals("1 1: a", client.say("a"));
                }
                assertEquals(List.of(), server.failures());
            }
        }
    }

    @Test
    void itSaysGoodbyeWhenTheProgramLeaves() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            supervisor.listen("line", "127.0.0.1:0");
            try (LineServer server = LineServer.start(supervisor, 1)) {
                assertTrue(server.worker().isSupervised());
            }
            WorkerEnd worker = supervisor.worker(1);
            worker.next(Message.Goodbye.class);
            worker.awaitGone();
        }
    }

    // ---- no thread is to be had ----

    @Test
    void aWorkerThatHasNoThreadToTakeConnectionsHangsUpAndHearsOn() throws Exception {
        NoThreads limit = new NoThreads();
        Fd[] pair = Libc.socketPair();
        try (HandoverChannel giver = new HandoverChannel(pair[0]);
                FakeSupervisor supervisor = FakeSupervisor.open()) {
            supervisor.listen("line", "127.0.0.1:0");
            try (LineServer server = limit.around(() -> LineServer.start(supervisor, 1))) {
                WorkerEnd worker = supervisor.worker(1);
                worker.accept();
                limit.reach();
                worker.say(new Message.Adopt(), List.of(pair[1]));
                pair[1].close();
                assertThrows(EOFException.class, () -> giver.receive(PATIENCE));
                limit.lift();
                worker.park();
                assertEquals(List.of(), server.failures());
            }
        }
    }

    @Test
    void aWorkerThatHasNoThreadToDrainWithDrainsAllTheSame() throws Exception {
        NoThreads limit = new NoThreads();
        Fd[] pair = Libc.socketPair();
        try (HandoverChannel next = new HandoverChannel(pair[0]);
                FakeSupervisor supervisor = FakeSupervisor.open()) {
            InetSocketAddress address = supervisor.listen("line", "127.0.0.1:0");
            try (LineServer server = limit.around(() -> LineServer.start(supervisor, 1));
                    LineClient client = LineClient.connect(address)) {
                WorkerEnd worker = supervisor.worker(1);
                worker.accept();
                assertEquals("1 1: a", client.say("a"));
                server.worker().onDrain(drain -> {
                    throw new OutOfMemoryError("unable to create native thread, as this test wants it");
                });
                limit.reach();
                worker.say(new Message.Drain(PATIENCE), List.of(pair[1]));
                pair[1].close();
                assertThrows(EOFException.class, () -> next.receive(PATIENCE));
                assertEquals("1 2: b", client.say("b"));
                hangUp(client);
                assertEquals(List.of(), worker.next(Message.Drained.class).cut());
                server.awaitStopped();
                assertEquals(List.of(), server.failures());
            }
        }
    }

    // ---- no descriptor is to be had ----

    @Test
    void aWorkerAtItsLimitParksAndAcceptsAgain() throws Exception {
        NoDescriptors.rehearse();
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            supervisor.listen("line", "127.0.0.1:0");
            try (LineServer server = LineServer.start(supervisor, 1);
                    Fd some = supervisor.shared("line")) {
                WorkerEnd worker = supervisor.worker(1);
                worker.accept();
                worker.park();
                worker.accept();
                KernelThread.awaitPolling("baton-link"); // and has taken its reserve
                NoDescriptors none = NoDescriptors.left(some);
                try {
                    worker.park();
                    worker.accept();
                } finally {
                    none.free();
                }
                assertEquals(List.of(), server.failures());
            }
        }
    }

    @Test
    void anOrderThatFailsIsTriedAgainUntilItSucceeds() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            supervisor.listen("line", "127.0.0.1:0");
            try (LineServer server = LineServer.start(supervisor, 1)) {
                AtomicInteger failures = new AtomicInteger(3);
                server.worker().add(new Failing(failures));
                WorkerEnd worker = supervisor.worker(1);
                worker.accept();
                worker.park();
                worker.accept();
                failures.set(Integer.MAX_VALUE);
                worker.say(new Message.Park());
                await().atMost(PATIENCE).until(() -> failures.get() < Integer.MAX_VALUE - 1);
                worker.accept();
                failures.set(1);
                assertEquals(List.of(), worker.drain(PATIENCE));
                assertEquals(List.of(), server.failures());
            }
        }
    }

    /** A listener that cannot be unplugged for so many times. */
    private record Failing(AtomicInteger failures) implements Pluggable {
        @Override
        public String name() {
            return "failing";
        }

        @Override
        public String privateAddress() {
            return "127.0.0.1:1";
        }

        @Override
        public void rehearse(Plugging plugging) {}

        @Override
        public void plug(Fd publicListener, Plugging plugging) {}

        @Override
        public void unplug(Plugging plugging) throws IOException {
            if (failures.getAndDecrement() > 0) {
                throw new IOException("no descriptor, as this test wants it");
            }
        }

        @Override
        public void stop() {}
    }

    // ---- the supervisor dies and comes back ----

    @Test
    void aWorkerServesOnWithoutItsSupervisorAndTellsTheNextOneWhereItStands() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            InetSocketAddress address = supervisor.listen("line", "127.0.0.1:0");
            try (LineServer server = LineServer.start(supervisor, 1);
                    LineClient old = LineClient.connect(address)) {
                WorkerEnd worker = supervisor.worker(1);
                worker.accept();
                assertEquals("1 1: a", old.say("a"));
                awaitProgress(worker, new Message.Progress(0, 1, 0));
                for (int round = 0; round < 3; round++) {
                    supervisor.vanish();
                    assertEquals("1 " + (round + 2) + ": still there?", old.say("still there?"));
                    try (LineClient fresh = LineClient.connect(address)) {
                        assertEquals("1 1: anybody?", fresh.say("anybody?"));
                    }
                    supervisor.comeBack();
                    WorkerEnd again = supervisor.worker(1);
                    again.next(Message.Accepting.class);
                    assertEquals(
                            List.of(
                                    new Message.Bound("line", worker.privateAddress("line")),
                                    new Message.Ready(),
                                    new Message.Accepting()),
                            again.heard().subList(0, 3));
                    awaitProgress(again, new Message.Progress(0, 1, 0));
                    again.park();
                    again.accept();
                }
                hangUp(old);
                assertEquals(List.of(), supervisor.worker(1).drain(PATIENCE));
                assertEquals(List.of(), server.failures());
            }
        }
    }

    /** Each supervisor orders what it knows to be so already: a program's background jobs would run twice. */
    @Test
    void orderThatChangesNothingIsAnsweredAndTheProgramNotCalled() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            supervisor.listen("line", "127.0.0.1:0");
            try (LineServer server = LineServer.start(supervisor, 1)) {
                List<String> calls = new CopyOnWriteArrayList<>();
                server.worker().onResume(() -> calls.add("resume"));
                server.worker().onPark(() -> calls.add("park"));
                supervisor.worker(1).park();
                supervisor.worker(1).accept();
                supervisor.vanish();
                supervisor.comeBack();
                WorkerEnd again = supervisor.worker(1);
                again.next(Message.Accepting.class);
                again.accept();
                again.park();
                again.park();
                again.accept();
                again.drain(PATIENCE);
                assertEquals(List.of("resume", "park", "resume"), calls);
            }
        }
    }

    @Test
    void aSupervisorWithoutListenersGetsThemBackAndClientsNoticeNothing() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            InetSocketAddress address = supervisor.listen("line", "127.0.0.1:0");
            long cookie;
            try (Fd before = supervisor.shared("line")) {
                cookie = Libc.socketCookie(before.number());
            }
            try (LineServer server = LineServer.start(supervisor, 1)) {
                supervisor.worker(1).accept();
                for (int round = 0; round < 3; round++) {
                    supervisor.vanish();
                    try (LineClient waiting = LineClient.connect(address)) {
                        assertEquals("1 1: alone", waiting.say("alone"));
                    }
                    supervisor.comeBackEmptyHanded();
                    supervisor.worker(1).next(Message.Accepting.class);
                    try (Fd after = supervisor.shared("line")) {
                        assertEquals(cookie, Libc.socketCookie(after.number()), "it is the same socket");
                    }
                    supervisor.worker(1).park();
                    supervisor.worker(1).accept();
                    try (LineClient fresh = LineClient.connect(address)) {
                        assertEquals("1 1: anybody?", fresh.say("anybody?"));
                    }
                }
                assertEquals(List.of(), server.failures());
            }
        }
    }

    @Test
    void aNewSupervisorHearsThatTheDrainIsOver() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            InetSocketAddress address = supervisor.listen("line", "127.0.0.1:0");
            try (LineServer server = LineServer.start(supervisor, 1);
                    LineClient client = LineClient.connect(address)) {
                supervisor.worker(1).accept();
                assertEquals("1 1: a", client.say("a"));
                supervisor.worker(1).say(new Message.Drain(PATIENCE));
                assertEquals("1 2: b", client.say("b"));
                supervisor.vanish();
                hangUp(client);
                server.awaitStopped();
                supervisor.comeBack();
                assertEquals(
                        List.of(),
                        supervisor.worker(1).next(Message.Drained.class).cut());
                assertEquals(
                        1,
                        supervisor
                                .worker(1)
                                .next(Message.Served.class)
                                .traffic()
                                .accepted(),
                        "what it has counted");
            }
        }
    }

    @Test
    void aWorkerThatIsClosedWithoutItsSupervisorLooksForNoOther() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            supervisor.listen("line", "127.0.0.1:0");
            Thread link;
            try (LineServer server = LineServer.start(supervisor, 1)) {
                assertTrue(server.listener().isOpen());
                supervisor.vanish();
                link = threadNamed("baton-link");
            }
            Ends.await(List.of(link));
        }
    }

    @Test
    void aSupervisorThatHangsUpAtOnceIsSaidClearly() throws Exception {
        Path directory = Files.createTempDirectory("baton-test");
        Path path = directory.resolve("handover.sock");
        try (Fd listener = Libc.listen((ListenAddress.Bindable) ListenAddress.parse("unix:" + path), 0)) {
            Attempt<Worker> attaching =
                    Attempt.of(() -> TestWorkers.attach(Map.of("BATON_HANDOVER", path.toString(), "BATON_TOKEN", "x")));
            Libc.awaitInput(listener.number());
            Libc.accept(listener).orElseThrow().close();
            IOException failed = assertThrows(IOException.class, attaching::result);
            assertTrue(
                    failed.getMessage().startsWith("cannot attach to the supervisor at " + path), failed.getMessage());
        } finally {
            Files.deleteIfExists(path);
            Files.delete(directory);
        }
    }

    // ---- what the tests stand on ----

    private static void awaitProgress(WorkerEnd worker, Message.Progress wanted) {
        while (!worker.next(Message.Progress.class).equals(wanted)) {
            Thread.onSpinWait();
        }
    }

    private static Thread threadNamed(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static InetSocketAddress inet(String text) {
        return ((ListenAddress.Inet) ListenAddress.parse(text)).address();
    }

    /** Earlier than its try statement would. */
    private static void hangUp(LineClient client) throws IOException {
        client.close();
    }
}
