package dev.baton.kit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.handover.Fd;
import dev.baton.handover.KernelThread;
import dev.baton.handover.Libc;
import dev.baton.handover.ListenAddress;
import dev.baton.handover.OpenFiles;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(120)
class SlotTest {
    private static final int SOME = 50;

    private OpenFiles before;

    @BeforeEach
    void remember() throws Exception {
        // The pollers of virtual threads, where there are any, are opened once and for all.
        if (Acceptor.Kind.VIRTUAL_THREADS.isPossible()) {
            try (Acceptor once = acceptor("once", Acceptor.Kind.VIRTUAL_THREADS)) {
                assertEquals("once", Clients.ask(once.privateAddress()));
            }
        }
        before = OpenFiles.now();
    }

    @AfterEach
    void nothingIsLeftOpen() {
        before.assertNothingIsLeft();
    }

    private static boolean plug(Slot slot, Fd listener) throws IOException {
        try (Plugging plugging = new Plugging()) {
            return slot.plug(listener, plugging);
        }
    }

    private static boolean unplug(Slot slot) throws IOException {
        try (Plugging plugging = new Plugging()) {
            return slot.unplug(plugging);
        }
    }

    // ---- plug and unplug ----

    @ParameterizedTest
    @EnumSource
    void aProgramMovesToThePublicListenerAndBackWithoutNoticing(Acceptor.Kind kind) throws Exception {
        assumeTrue(kind.isPossible());
        try (Fd listener = listen("127.0.0.1:0");
                Acceptor ours = acceptor("ours", kind);
                Acceptor other = acceptor("other", kind)) {
            SocketAddress address = address(listener);
            assertServes("ours", ours.privateAddress());

            assertTrue(plug(ours.slot(), listener));
            assertTrue(ours.slot().isPublic());
            assertServes("ours", address);

            assertTrue(plug(other.slot(), listener));
            assertTrue(unplug(ours.slot()));
            assertFalse(ours.slot().isPublic());
            assertServes("other", address);
            assertServes("ours", ours.privateAddress());

            assertTrue(plug(ours.slot(), listener));
            assertTrue(unplug(other.slot()));
            assertServes("ours", address);
            assertServes("other", other.privateAddress());
            assertEquals(List.of(), ours.failures());
            assertEquals(List.of(), other.failures());
        }
    }

    /** Whoever runs can only be looked at again, later and by another thread. */
    @Test
    void aChangeIsCompleteThoughThereIsNoThreadToLookAgain() throws Exception {
        NoThreads limit = new NoThreads();
        AtomicBoolean over = new AtomicBoolean();
        try (Fd listener = listen("127.0.0.1:0");
                Acceptor ours = acceptor("ours", Acceptor.Kind.ONE_THREAD)) {
            assertServes("ours", ours.privateAddress());
            Attempt<Void> running = Attempt.of(() -> {
                while (!over.get()) {
                    Thread.onSpinWait();
                }
                return null;
            });
            limit.reach();
            assertTrue(Attempt.of(() -> limit.around(() -> plug(ours.slot(), listener)))
                    .result());
            over.set(true);
            running.result();
            assertServes("ours", address(listener));
        } finally {
            over.set(true);
        }
    }

    /** SIGSTOP and SIGCONT, a freezer or a debugger: the kernel then goes on with poll(2) under another number. */
    @ParameterizedTest
    @EnumSource
    void aProgramThatHasStoodStillMovesLikeAnyOther(Acceptor.Kind kind) throws Exception {
        assumeTrue(kind.isPossible());
        try (Fd listener = listen("127.0.0.1:0");
                Acceptor ours = acceptor("ours", kind)) {
            assertServes("ours", ours.privateAddress());
            standStill();
            assertTrue(plug(ours.slot(), listener));
            assertServes("ours", address(listener));
            standStill();
            assertTrue(unplug(ours.slot()));
            assertServes("ours", ours.privateAddress());
            assertEquals(List.of(), ours.failures());
        }
    }

    private static void standStill() throws Exception {
        Process other = new ProcessBuilder("sh", "-c", "kill -STOP $PPID; sleep 0.2; kill -CONT $PPID")
                .inheritIO() // leaves no pipe open here
                .start();
        assertEquals(0, other.waitFor());
    }

    @ParameterizedTest
    @EnumSource
    @Timeout(300)
    void parkingAThousandTimesUnderLoadLosesNoConnection(Acceptor.Kind kind) throws Exception {
        assumeTrue(kind.isPossible());
        try (Fd listener = listen("127.0.0.1:0");
                Acceptor ours = acceptor("ours", kind);
                Acceptor other = acceptor("other", kind)) {
            assertTrue(plug(other.slot(), listener));
            try (Clients clients = Clients.start(4, address(listener))) {
                for (int round = 1; round <= 1000; round++) {
                    assertTrue(plug(ours.slot(), listener));
                    if (round % 20 == 0) { // lets the one serve all of it for a moment
                        assertTrue(unplug(other.slot()));
                        ours.awaitServed(ours.served() + 1);
                        assertTrue(plug(other.slot(), listener));
                    }
                    assertTrue(unplug(ours.slot()));
                    if (round % 20 == 10) { // and then the other
                        other.awaitServed(other.served() + 1);
                    }
                }
                clients.stop();
                assertEquals(List.of(), clients.failures());
                assertEquals(List.of(), ours.failures());
                assertEquals(List.of(), other.failures());
                assertEquals(Map.of("ours", ours.served(), "other", other.served()), clients.answers());
                assertTrue(ours.served() >= 50, () -> "ours served " + ours.served());
                assertEquals(0, ours.strangers() + other.strangers());
            }
        }
    }

    // ---- several at once ----

    @Test
    void slotsOfAllKindsChangeTogether() throws Exception {
        List<Fd> listeners = new ArrayList<>();
        List<Acceptor> acceptors = new ArrayList<>();
        try {
            for (Acceptor.Kind kind : Acceptor.Kind.values()) {
                if (kind.isPossible()) {
                    listeners.add(listen("127.0.0.1:0"));
                    acceptors.add(acceptor(kind.name(), kind));
                }
            }
            for (int round = 0; round < 5; round++) {
                try (Plugging plugging = new Plugging()) {
                    for (int i = 0; i < acceptors.size(); i++) {
                        assertTrue(acceptors.get(i).slot().plug(listeners.get(i), plugging));
                    }
                }
                for (int i = 0; i < acceptors.size(); i++) {
                    assertServes(acceptors.get(i).name(), address(listeners.get(i)));
                }
                try (Plugging plugging = new Plugging()) {
                    for (Acceptor acceptor : acceptors) {
                        assertTrue(acceptor.slot().unplug(plugging));
                    }
                }
                for (Acceptor acceptor : acceptors) {
                    assertServes(acceptor.name(), acceptor.privateAddress());
                    assertEquals(List.of(), acceptor.failures());
                }
            }
        } finally {
            for (Acceptor acceptor : acceptors) {
                acceptor.close();
            }
            listeners.forEach(Fd::close);
        }
    }

    /** Between the look and the change, and after it: what the race above meets now and then. */
    @Test
    void aSelectorThatComesWhileOthersChangeIsFoundAtTheEnd() throws Exception {
        try (Fd listener = listen("127.0.0.1:0");
                ServerSocketChannel channel = privateChannel();
                Slot slot = Slot.under("late", channel);
                Selector early = Selector.open();
                Selector late = Selector.open()) {
            channel.configureBlocking(false);
            try (Plugging plugging = new Plugging()) {
                assertEquals(List.of(), plugging.watches(slot.number()));
                channel.register(early, SelectionKey.OP_ACCEPT);
                early.selectNow();
                assertTrue(slot.plug(listener, plugging));
                channel.register(late, SelectionKey.OP_ACCEPT);
                late.selectNow();
            }
            try (SocketChannel client = SocketChannel.open(address(listener))) {
                assertEquals(1, early.select(20_000));
                assertEquals(1, late.select(20_000));
                try (SocketChannel served = channel.accept()) {
                    assertEquals(client.getLocalAddress(), served.getRemoteAddress());
                }
            }
            try (SocketChannel stranger = SocketChannel.open(slot.privateAddress())) {
                assertTrue(stranger.isConnected());
                assertEquals(0, selectAgain(early), "the private listener is not plugged in");
                assertEquals(0, selectAgain(late));
            }
            slot.release();
        }
    }

    @Test
    void aChannelThatIsClosedWhileOthersChangeIsLeftAlone() throws Exception {
        try (Fd listener = listen("127.0.0.1:0");
                Fd bystander = listen("127.0.0.1:0")) {
            ServerSocketChannel channel = privateChannel();
            int number = Descriptors.of(channel);
            try (Slot slot = Slot.under("gone", channel)) {
                Occupant occupant;
                try (Plugging plugging = new Plugging()) {
                    assertTrue(slot.plug(listener, plugging));
                    channel.close();
                    occupant = Occupant.of(number, bystander);
                }
                try (occupant) {
                    occupant.assertUntouched();
                }
            }
        }
    }

    @Test
    void aListenerOfOneFamilyFitsUnderAChannelOfTheOther() throws Exception {
        for (StandardProtocolFamily family :
                new StandardProtocolFamily[] {StandardProtocolFamily.INET, StandardProtocolFamily.INET6}) {
            for (String text : new String[] {"127.0.0.1:0", ":0"}) {
                ServerSocketChannel channel = ServerSocketChannel.open(family);
                channel.bind(new InetSocketAddress("127.0.0.1", 0));
                try (Fd listener = listen(text);
                        Acceptor acceptor = Acceptor.start("ours", Acceptor.Kind.ONE_THREAD, channel)) {
                    int port = address(listener).getPort();
                    plug(acceptor.slot(), listener);
                    assertServes("ours", new InetSocketAddress("127.0.0.1", port));
                    unplug(acceptor.slot());
                    assertServes("ours", acceptor.privateAddress());
                    assertEquals(List.of(), acceptor.failures());
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aUnixListenerIsPluggedInLikeAnyOther(Acceptor.Kind kind, @TempDir Path directory) throws Exception {
        assumeTrue(kind.isPossible());
        Path path = directory.resolve("public.sock");
        try (Fd listener = listen("unix:" + path);
                Acceptor ours = unixAcceptor("ours", kind, directory.resolve("ours.sock"));
                Acceptor other = unixAcceptor("other", kind, directory.resolve("other.sock"))) {
            SocketAddress address = UnixDomainSocketAddress.of(path);
            assertEquals("unix:" + directory.resolve("ours.sock"), ours.slot().privateAddressText());
            assertServes("ours", ours.privateAddress());
            plug(ours.slot(), listener);
            assertServes("ours", address);
            plug(other.slot(), listener);
            unplug(ours.slot());
            assertServes("other", address);
            assertServes("ours", ours.privateAddress());
            plug(ours.slot(), listener);
            unplug(other.slot());
            assertServes("ours", address);
            assertEquals(List.of(), ours.failures());
            assertEquals(List.of(), other.failures());
        }
    }

    @Test
    void whatIsPluggedInAlreadyIsNothingNew() throws Exception {
        try (Fd listener = listen("127.0.0.1:0");
                Acceptor ours = acceptor("ours", Acceptor.Kind.SELECTOR)) {
            assertFalse(unplug(ours.slot()));
            assertTrue(plug(ours.slot(), listener));
            assertFalse(plug(ours.slot(), listener));
            assertServes("ours", address(listener));
            assertTrue(unplug(ours.slot()));
            assertFalse(unplug(ours.slot()));
            assertServes("ours", ours.privateAddress());
        }
    }

    @Test
    void aChangeThatWasNotCompletedIsCompletedByTheNextTrial() throws Exception {
        try (Fd listener = listen("127.0.0.1:0");
                Acceptor ours = acceptor("ours", Acceptor.Kind.ONE_THREAD)) {
            assertServes("ours", ours.privateAddress());
            assertTrue(ours.slot().plug(listener, new Plugging())); // which is never closed, as where that fails
            assertTrue(plug(ours.slot(), listener));
            assertServes("ours", address(listener));
            assertFalse(plug(ours.slot(), listener));
        }
    }

    @Test
    void theListenerStaysItsOwners() throws Exception {
        try (Acceptor ours = acceptor("ours", Acceptor.Kind.ONE_THREAD)) {
            Fd listener = listen("127.0.0.1:0");
            SocketAddress address = address(listener);
            plug(ours.slot(), listener);
            listener.close(); // the slot has a descriptor of its own
            assertServes("ours", address);
            unplug(ours.slot());
            assertThrows(IOException.class, () -> Clients.ask(address));
        }
    }

    // ---- blocking mode, and being woken ----

    @ParameterizedTest
    @EnumSource(names = {"ONE_THREAD", "SEVERAL_THREADS"})
    void noWakeUpIsEverTakenForAClient(Acceptor.Kind kind) throws Exception {
        try (Fd listener = listen("127.0.0.1:0");
                Acceptor ours = acceptor("ours", kind)) {
            for (int round = 0; round < 200; round++) {
                plug(ours.slot(), listener);
                unplug(ours.slot());
            }
            assertServes("ours", ours.privateAddress());
            assertEquals(SOME, ours.served());
            assertEquals(0, ours.strangers());
        }
    }

    /** A program that has taken O_NONBLOCK away, so that its thread is inside accept(2). */
    @Test
    void aThreadThatIsStuckInAcceptIsFreed() throws Exception {
        try (Fd listener = listen("127.0.0.1:0");
                ServerSocketChannel channel = privateChannel();
                Slot slot = Slot.under("stuck", channel)) {
            channel.configureBlocking(false);
            channel.configureBlocking(true); // takes O_NONBLOCK away
            LinkedBlockingQueue<SocketChannel> accepted = new LinkedBlockingQueue<>();
            CompletableFuture<Void> end = new CompletableFuture<>();
            Thread thread = new Thread(
                    () -> {
                        try {
                            while (true) {
                                accepted.add(channel.accept());
                            }
                        } catch (IOException e) {
                            end.complete(null);
                        }
                    },
                    "stuck-acceptor");
            thread.start();
            KernelThread.awaitAsleep(thread);

            plug(slot, listener);

            try (SocketChannel client = SocketChannel.open(address(listener));
                    SocketChannel served = accepted.poll(20, TimeUnit.SECONDS)) {
                assertNotNull(served);
                assertEquals(client.getLocalAddress(), served.getRemoteAddress());
            }
            slot.release();
            close(channel);
            end.get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void thePublicListenerStaysNonBlockingWhateverModeTheProgramChooses() throws Exception {
        try (Fd listener = listen("127.0.0.1:0");
                ServerSocketChannel channel = privateChannel();
                Slot slot = Slot.under("changing", channel)) {
            for (int round = 0; round < 5; round++) {
                channel.configureBlocking(false);
                channel.configureBlocking(true);
                plug(slot, listener);
                assertTrue(Libc.isNonBlocking(listener.number()), "after plug");
                try (SocketChannel client = SocketChannel.open(address(listener));
                        SocketChannel served = channel.accept()) {
                    assertEquals(client.getLocalAddress(), served.getRemoteAddress());
                }
                channel.configureBlocking(false);
                channel.configureBlocking(true);
                unplug(slot);
                assertTrue(Libc.isNonBlocking(listener.number()), "after unplug");
                try (SocketChannel client = SocketChannel.open(slot.privateAddress());
                        SocketChannel served = channel.accept()) {
                    assertEquals(client.getLocalAddress(), served.getRemoteAddress());
                }
            }
            slot.release();
        }
    }

    /** Somebody else's mistake, but ours to bear: every accept loop on the listener would freeze. */
    @Test
    void aPublicListenerThatBlocksIsPutRight() throws Exception {
        try (Fd listener = listen("127.0.0.1:0");
                ServerSocketChannel channel = privateChannel();
                Slot slot = Slot.under("right", channel)) {
            Libc.setNonBlocking(listener.number(), false);
            plug(slot, listener);
            assertTrue(Libc.isNonBlocking(listener.number()));
            slot.release();
        }
    }

    // ---- selectors that come and go ----

    @Test
    void aSelectorThatRegistersInTheSameInstantMissesNothing() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed of the registrations: " + seed);
        Random random = new Random(seed);
        try (Fd listener = listen("127.0.0.1:0");
                ServerSocketChannel channel = privateChannel();
                Slot slot = Slot.under("racing", channel)) {
            channel.configureBlocking(false);
            for (int round = 0; round < 400; round++) {
                race(random, channel, () -> plug(slot, listener), address(listener));
                race(random, channel, () -> unplug(slot), slot.privateAddress());
            }
            slot.release();
        }
    }

    private interface Move {
        boolean make() throws IOException;
    }

    private static void race(Random random, ServerSocketChannel channel, Move move, SocketAddress address)
            throws Exception {
        CyclicBarrier start = new CyclicBarrier(2);
        int spin = random.nextInt(20_000);
        CompletableFuture<Selector> registered = new CompletableFuture<>();
        Thread registering = new Thread(
                () -> {
                    try {
                        start.await();
                        for (int i = 0; i < spin; i++) {
                            Thread.onSpinWait();
                        }
                        Selector selector = Selector.open();
                        channel.register(selector, SelectionKey.OP_ACCEPT);
                        selector.selectNow();
                        registered.complete(selector);
                    } catch (Exception e) {
                        registered.completeExceptionally(e);
                    }
                },
                "registering");
        registering.start();
        start.await();
        assertTrue(move.make());
        try (Selector selector = registered.get(20, TimeUnit.SECONDS);
                SocketChannel client = SocketChannel.open(address)) {
            assertEquals(1, selector.select(20_000), "the selector has noticed");
            try (SocketChannel served = channel.accept()) {
                assertEquals(client.getLocalAddress(), served.getRemoteAddress());
            }
            assertEquals(0, selectAgain(selector), "nothing from the listener that has left");
        }
    }

    private static int selectAgain(Selector selector) throws IOException {
        selector.selectedKeys().clear();
        return selector.selectNow();
    }

    @Test
    void selectorsThatComeAndGoDoNotDisturb() throws Exception {
        try (Fd listener = listen("127.0.0.1:0");
                ServerSocketChannel channel = privateChannel();
                Slot slot = Slot.under("busy", channel)) {
            channel.configureBlocking(false);
            CompletableFuture<Void> stop = new CompletableFuture<>();
            List<CompletableFuture<Void>> busy = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                busy.add(CompletableFuture.runAsync(
                        () -> comeAndGo(channel, stop), command -> new Thread(command, "coming-and-going").start()));
            }
            try {
                for (int round = 0; round < 300; round++) {
                    assertTrue(plug(slot, listener));
                    assertTrue(unplug(slot));
                }
            } finally {
                stop.complete(null);
            }
            for (CompletableFuture<Void> one : busy) {
                one.get(20, TimeUnit.SECONDS);
            }
            plug(slot, listener);
            try (SocketChannel client = SocketChannel.open(address(listener));
                    SocketChannel served = channel.accept()) {
                assertEquals(client.getLocalAddress(), served.getRemoteAddress());
            }
            slot.release();
        }
    }

    private static void comeAndGo(ServerSocketChannel channel, CompletableFuture<Void> stop) {
        try {
            while (!stop.isDone()) {
                try (Selector selector = Selector.open()) {
                    SelectionKey key = channel.register(selector, SelectionKey.OP_ACCEPT);
                    selector.selectNow();
                    key.interestOps(0);
                    selector.selectNow();
                    key.interestOps(SelectionKey.OP_ACCEPT);
                    selector.selectNow();
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void severalSelectorsAllMove() throws Exception {
        try (Fd listener = listen("127.0.0.1:0");
                ServerSocketChannel channel = privateChannel();
                Slot slot = Slot.under("several", channel);
                Selector first = Selector.open();
                Selector second = Selector.open()) {
            channel.configureBlocking(false);
            channel.register(first, SelectionKey.OP_ACCEPT);
            channel.register(second, SelectionKey.OP_ACCEPT);
            first.selectNow();
            second.selectNow();
            plug(slot, listener);
            try (SocketChannel client = SocketChannel.open(address(listener))) {
                assertEquals(1, first.select(20_000));
                assertEquals(1, second.select(20_000));
                try (SocketChannel served = channel.accept()) {
                    assertEquals(client.getLocalAddress(), served.getRemoteAddress());
                }
            }
            unplug(slot);
            try (SocketChannel publicClient = SocketChannel.open(address(listener))) {
                assertTrue(publicClient.isConnected());
                assertEquals(0, selectAgain(first), "the public listener is no more its business");
                assertEquals(0, selectAgain(second));
            }
            slot.release();
        }
    }

    // ---- a number that is somebody else's by now ----

    @Test
    void aClosedChannelsNumberIsLeftAloneWhoeverHasItNow() throws Exception {
        try (Fd listener = listen("127.0.0.1:0");
                Fd bystander = listen("127.0.0.1:0")) {
            ServerSocketChannel channel = privateChannel();
            int number = Descriptors.of(channel);
            try (Slot slot = Slot.under("gone", channel)) {
                channel.close();
                try (Occupant occupant = Occupant.of(number, bystander)) {
                    assertFalse(plug(slot, listener));
                    assertFalse(unplug(slot));
                    assertFalse(slot.isPublic());
                    occupant.assertUntouched();
                }
            }
        }
    }

    @Test
    void aChannelThatWasClosedWhilePublicLeavesTheListenerToTheOthers() throws Exception {
        try (Fd listener = listen("127.0.0.1:0");
                Fd bystander = listen("127.0.0.1:0");
                Acceptor other = acceptor("other", Acceptor.Kind.SELECTOR)) {
            ServerSocketChannel channel = privateChannel();
            int number = Descriptors.of(channel);
            try (Slot slot = Slot.under("gone", channel)) {
                assertTrue(plug(slot, listener));
                channel.close();
                try (Occupant occupant = Occupant.of(number, bystander)) {
                    assertFalse(unplug(slot));
                    assertFalse(plug(slot, listener));
                    occupant.assertUntouched();
                }
                plug(other.slot(), listener);
                assertServes("other", address(listener));
            }
        }
    }

    @Test
    void aReleasedSlotDoesNothingMore() throws Exception {
        try (Fd listener = listen("127.0.0.1:0");
                Acceptor ours = acceptor("ours", Acceptor.Kind.ONE_THREAD)) {
            ours.slot().release();
            ours.slot().release();
            assertFalse(plug(ours.slot(), listener));
            assertServes("ours", ours.privateAddress());
        }
    }

    @Test
    void aChannelThatIsClosedHasNoSlot() throws Exception {
        ServerSocketChannel channel = privateChannel();
        channel.close();
        assertThrows(IOException.class, () -> Slot.under("closed", channel));
        try (ServerSocketChannel unbound = ServerSocketChannel.open()) {
            IOException refused = assertThrows(IOException.class, () -> Slot.under("unbound", unbound));
            assertTrue(refused.getMessage().contains("unbound"), refused.getMessage());
        }
    }

    /** Something of the program's that has come to stand under a number. */
    private record Occupant(List<Fd> fds, int number, long cookie) implements AutoCloseable {
        static Occupant of(int number, Fd something) throws IOException {
            List<Fd> fds = new ArrayList<>();
            while (fds.isEmpty() || fds.get(fds.size() - 1).number() != number) {
                Fd next = something.duplicate();
                if (next.number() <= number) {
                    fds.add(next);
                } else {
                    next.close(); // the JVM has the number for a moment: it reads its control group's files
                }
            }
            return new Occupant(fds, number, Libc.socketCookie(number));
        }

        void assertUntouched() {
            assertEquals(cookie, Libc.socketCookie(number));
        }

        @Override
        public void close() {
            fds.forEach(Fd::close);
        }
    }

    // ---- what the tests stand on ----

    private static void assertServes(String name, SocketAddress address) throws IOException {
        for (int i = 0; i < SOME; i++) {
            assertEquals(name, Clients.ask(address));
        }
    }

    private static Fd listen(String address) throws IOException {
        return Libc.listen((ListenAddress.Bindable) ListenAddress.parse(address), 4096);
    }

    private static InetSocketAddress address(Fd listener) {
        return Libc.localInetAddress(listener.number()).orElseThrow();
    }

    /** Earlier than its try statement would. */
    private static void close(ServerSocketChannel channel) throws IOException {
        channel.close();
    }

    private static ServerSocketChannel privateChannel() throws IOException {
        return ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0));
    }

    private static Acceptor acceptor(String name, Acceptor.Kind kind) throws IOException {
        return Acceptor.start(name, kind, privateChannel());
    }

    private static Acceptor unixAcceptor(String name, Acceptor.Kind kind, Path path) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        return Acceptor.start(name, kind, channel.bind(UnixDomainSocketAddress.of(path)));
    }
}
