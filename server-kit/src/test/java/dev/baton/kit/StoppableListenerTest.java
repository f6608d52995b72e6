package dev.baton.kit;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import dev.baton.handover.ListenAddress;
import dev.baton.handover.OpenFiles;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class StoppableListenerTest {
    private OpenFiles before;
    private Connections connections;

    @BeforeEach
    void remember() throws IOException {
        before = OpenFiles.now();
        connections = new Connections(true);
    }

    @AfterEach
    void nothingIsLeftOpen() {
        connections.close();
        before.assertNothingIsLeft();
    }

    // ---- accepting ----

    @Test
    void aloneItAcceptsFromTheStart() throws Exception {
        try (StoppableListener listener = new StoppableListener("line", channel(), connections, false);
                Socket client = connect(listener);
                TrackedConnection connection = listener.accept()) {
            assertEquals(client.getLocalSocketAddress(), connection.remote());
            assertEquals(0, connection.state().length);
            assertFalse(connection.isDraining());
            client.shutdownOutput();
        }
    }

    @Test
    void whatIsAcceptedCanMove() throws Exception {
        try (StoppableListener listener = supervised();
                Socket client = connect(listener);
                TrackedConnection connection = listener.accept()) {
            Attempt<Boolean> quiet = Attempt.of(() -> connection.quiet(new byte[0]));
            quiet.awaitWaiting(); // which it does only where its descriptor is known
            assertEquals(1, connections.idle());
            client.shutdownOutput();
            assertTrue(quiet.result());
        }
    }

    @Test
    void severalThreadsMayAccept() throws Exception {
        int clients = 300;
        List<TrackedConnection> accepted = new ArrayList<>();
        List<Attempt<Void>> accepting = new ArrayList<>();
        try (StoppableListener listener = supervised()) {
            for (int i = 0; i < 4; i++) {
                accepting.add(Attempt.of(() -> {
                    while (true) {
                        TrackedConnection connection = listener.accept();
                        synchronized (accepted) {
                            accepted.add(connection);
                        }
                    }
                }));
            }
            List<Socket> sockets = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                sockets.add(connect(listener));
            }
            await().atMost(FakeSupervisor.PATIENCE).until(() -> size(accepted) == clients);
            for (Socket socket : sockets) {
                socket.close();
            }
        }
        for (Attempt<Void> attempt : accepting) {
            assertThrows(ListenerStoppedException.class, attempt::result);
        }
        for (TrackedConnection connection : accepted) {
            connection.close();
        }
        assertEquals(0, connections.active() + connections.idle());
    }

    private static int size(List<?> list) {
        synchronized (list) {
            return list.size();
        }
    }

    @Test
    void closeEndsTheAcceptLoopWhereverItWaits() throws Exception {
        for (int round = 0; round < 200; round++) {
            try (StoppableListener listener = supervised()) {
                Attempt<TrackedConnection> accepting = Attempt.of(listener::accept);
                if (round % 2 == 0) {
                    accepting.awaitWaiting();
                }
                stop(listener);
                assertThrows(ListenerStoppedException.class, accepting::result);
                assertFalse(listener.isOpen());
                assertThrows(ListenerStoppedException.class, listener::accept);
            }
        }
    }

    @Test
    void anInterruptedThreadIsToldSoAndStaysInterrupted() throws Exception {
        try (StoppableListener listener = supervised()) {
            Attempt<Boolean> accepting = Attempt.of(() -> {
                assertThrows(InterruptedIOException.class, listener::accept);
                return Thread.currentThread().isInterrupted();
            });
            accepting.awaitWaiting();
            accepting.thread().interrupt();
            assertTrue(accepting.result());
            assertTrue(listener.isOpen(), "for the other threads");
        }
    }

    @Test
    void anAcceptLoopOutlivesALackOfDescriptors() throws Exception {
        NoDescriptors.rehearse();
        try (StoppableListener listener = supervised();
                Socket client = connect(listener);
                TrackedConnection connection = Attempt.of(listener::accept).result()) {
            assertEquals(client.getLocalSocketAddress(), connection.remote());
            client.shutdownOutput();
        }
        try (StoppableListener listener = supervised();
                Socket client = connect(listener);
                Fd some = listener("127.0.0.1:0")) {
            Attempt<TrackedConnection> accepting;
            NoDescriptors none = NoDescriptors.left(some);
            try {
                accepting = Attempt.of(listener::accept);
                // The kernel's view of the thread would take a descriptor to look at.
                while (accepting.thread().getState() != Thread.State.TIMED_WAITING) {
                    Thread.onSpinWait();
                }
                assertFalse(accepting.isDone());
            } finally {
                none.free();
            }
            try (TrackedConnection connection = accepting.result()) {
                assertEquals(client.getLocalSocketAddress(), connection.remote());
                client.shutdownOutput();
            }
        }
    }

    // ---- public and private ----

    @Test
    void noConnectionIsOnItsWayUnseenOnceItIsUnplugged() throws Exception {
        try (Fd shared = listener("127.0.0.1:0");
                StoppableListener listener = supervised()) {
            InetSocketAddress address = Libc.localInetAddress(shared.number()).orElseThrow();
            List<TrackedConnection> accepted = new ArrayList<>();
            Attempt<Void> accepting = Attempt.of(() -> {
                while (true) {
                    TrackedConnection connection = listener.accept();
                    synchronized (accepted) {
                        accepted.add(connection);
                    }
                }
            });
            for (int round = 0; round < 50; round++) {
                try (Plugging plugging = new Plugging()) {
                    listener.plug().plug(shared, plugging);
                }
                List<Socket> clients = new ArrayList<>();
                for (int i = 0; i < 5; i++) {
                    clients.add(connect(address));
                }
                try (Plugging plugging = new Plugging()) {
                    listener.plug().unplug(plugging);
                }
                long registered = connections.active() + connections.idle();
                int queued = 0;
                Optional<Fd> waiting;
                while ((waiting = Libc.accept(shared)).isPresent()) {
                    waiting.get().close();
                    queued++;
                }
                assertEquals(5, registered + queued, "in round " + round);
                assertEquals(registered, connections.active() + connections.idle());
                for (Socket client : clients) {
                    client.close();
                }
                await().atMost(FakeSupervisor.PATIENCE).until(() -> size(accepted) == registered);
                synchronized (accepted) {
                    for (TrackedConnection connection : accepted) {
                        connection.close();
                    }
                    accepted.clear();
                }
            }
            stop(listener);
            assertThrows(ListenerStoppedException.class, accepting::result);
        }
    }

    @Test
    void whoeverKnocksAtThePrivateDoorDuringTheDrainIsTurnedAway() throws Exception {
        try (StoppableListener listener = supervised()) {
            Attempt<TrackedConnection> accepting = Attempt.of(listener::accept);
            connections.drain(drain());
            try (Socket stranger = connect(listener)) {
                assertEquals(-1, stranger.getInputStream().read());
            }
            stop(listener);
            assertThrows(ListenerStoppedException.class, accepting::result);
        }
    }

    @Test
    void aUnixListenerAcceptsToo(@TempDir Path directory) throws Exception {
        Path path = directory.resolve("private.sock");
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        channel.bind(UnixDomainSocketAddress.of(path));
        try (StoppableListener listener = new StoppableListener("line", channel, connections, true)) {
            assertEquals("unix:" + path, listener.plug().privateAddress());
            try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path));
                    TrackedConnection connection = listener.accept()) {
                assertTrue(connection.quiet(new byte[0]));
                client.shutdownOutput();
                assertEquals(-1, connection.input().read());
            }
        }
    }

    @Test
    void aChannelThatCannotHaveASlotLeavesNothingOpen() throws Exception {
        try (ServerSocketChannel unbound = ServerSocketChannel.open()) {
            assertThrows(IOException.class, () -> new StoppableListener("line", unbound, connections, true));
        }
    }

    // ---- connections of the previous worker ----

    @Test
    void adoptedConnectionsComeOutOfAccept() throws Exception {
        byte[] state = {1, 2, 3};
        try (StoppableListener listener = supervised();
                Elsewhere elsewhere = new Elsewhere()) {
            Attempt<TrackedConnection> accepting = Attempt.of(listener::accept);
            accepting.awaitWaiting();
            Adopter.Adopted adopted = listener.adopter().take("stream", elsewhere.fd, state);
            assertFalse(accepting.isDone(), "not before it is ours");
            adopted.serve();
            try (TrackedConnection connection = accepting.result()) {
                assertEquals(elsewhere.client.getLocalSocketAddress(), connection.remote());
                assertEquals(3, connection.state().length);
                connection.output().write(7);
                assertEquals(7, elsewhere.client.getInputStream().read());
                elsewhere.client.shutdownOutput();
            }
        }
    }

    /** One wake-up may be for two connections, and the thread that took the first may be busy with it for long. */
    @Test
    void connectionsThatAreAdoptedAtOnceEachFindAThread() throws Exception {
        try (StoppableListener listener = supervised();
                Elsewhere first = new Elsewhere();
                Elsewhere second = new Elsewhere()) {
            for (int round = 0; round < 50; round++) {
                Attempt<TrackedConnection> one = Attempt.of(listener::accept);
                Attempt<TrackedConnection> other = Attempt.of(listener::accept);
                Adopter.Adopted a = listener.adopter().take("stream", first.fd, new byte[0]);
                Adopter.Adopted b = listener.adopter().take("stream", second.fd, new byte[0]);
                a.serve();
                b.serve();
                connections.forget(one.result());
                connections.forget(other.result());
            }
        }
    }

    @Test
    void aDroppedConnectionStaysItsGivers() throws Exception {
        try (StoppableListener listener = supervised();
                Elsewhere elsewhere = new Elsewhere()) {
            listener.adopter().take("stream", elsewhere.fd, new byte[0]).drop();
            assertEquals(0, connections.active());
            elsewhere.assertAlive();
        }
    }

    @Test
    void whatCannotBeTakenIsDeclinedAndStaysItsGivers() throws Exception {
        try (StoppableListener listener = supervised();
                Elsewhere elsewhere = new Elsewhere()) {
            Adopter adopter = listener.adopter();
            assertThrows(IOException.class, () -> adopter.take("http/1.1", elsewhere.fd, new byte[0]));
            try (Fd noConnection = listener("127.0.0.1:0")) {
                assertThrows(IOException.class, () -> adopter.take("stream", noConnection, new byte[0]));
            }
            listener.interpose((below, continued) -> {
                throw new IllegalStateException("a layer that cannot");
            });
            assertThrows(IllegalStateException.class, () -> adopter.take("stream", elsewhere.fd, new byte[0]));
            assertEquals(0, connections.active());
            connections.drain(drain());
            assertThrows(IOException.class, () -> adopter.take("stream", elsewhere.fd, new byte[0]));
            stop(listener);
            assertThrows(IOException.class, () -> adopter.take("stream", elsewhere.fd, new byte[0]));
            elsewhere.assertAlive();
        }
    }

    @Test
    void whatWasAdoptedAndNeverAcceptedIsClosedWithTheListener() throws Exception {
        try (Elsewhere waiting = new Elsewhere();
                Elsewhere late = new Elsewhere()) {
            try (StoppableListener listener = supervised()) {
                listener.adopter().take("stream", waiting.fd, new byte[0]).serve();
                Adopter.Adopted taken = listener.adopter().take("stream", late.fd, new byte[0]);
                stop(listener);
                taken.serve();
            }
            assertEquals(0, connections.active());
            assertTrue(connections.awaitDrained(Duration.ZERO));
        }
    }

    @Test
    void aLayerThatFailsLeavesNothingOpen() throws Exception {
        try (StoppableListener listener = supervised()) {
            IllegalStateException failure = new IllegalStateException("a layer that cannot");
            listener.interpose((below, continued) -> {
                throw failure;
            });
            try (Socket client = connect(listener)) {
                assertSame(failure, assertThrows(IllegalStateException.class, listener::accept));
                assertEquals(-1, client.getInputStream().read());
                assertEquals(0, connections.active());
            }
        }
    }

    // ---- what the tests stand on ----

    /** A connection that another worker has, of which we get a descriptor. */
    private static final class Elsewhere implements AutoCloseable {
        private final Socket client = new Socket();
        private final Fd fd;

        Elsewhere() throws IOException {
            try (Fd listener = listener("127.0.0.1:0")) {
                client.connect(Libc.localAddress(listener.number()).orElseThrow(), 20_000);
                assertTrue(Libc.await(listener, Libc.Readiness.READ, FakeSupervisor.PATIENCE));
                fd = Libc.accept(listener).orElseThrow();
            }
        }

        void assertAlive() throws IOException {
            client.setSoTimeout(1);
            assertThrows(
                    SocketTimeoutException.class, () -> client.getInputStream().read());
        }

        @Override
        public void close() throws IOException {
            client.close();
            fd.close();
        }
    }

    private static Fd listener(String address) throws IOException {
        return Libc.listen((ListenAddress.Bindable) ListenAddress.parse(address), 4096);
    }

    private static Drain drain() {
        return new Drain(System.nanoTime() + FakeSupervisor.PATIENCE.toNanos(), Optional.empty());
    }

    private StoppableListener supervised() throws IOException {
        return new StoppableListener("line", channel(), connections, true);
    }

    private static ServerSocketChannel channel() throws IOException {
        return ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0), 4096);
    }

    private static Socket connect(StoppableListener listener) throws IOException {
        return connect((InetSocketAddress) listener.address());
    }

    private static Socket connect(InetSocketAddress address) throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(20_000);
        socket.connect(address, 20_000);
        return socket;
    }

    /** Earlier than its try statement would. */
    private static void stop(StoppableListener listener) throws IOException {
        listener.close();
    }
}
