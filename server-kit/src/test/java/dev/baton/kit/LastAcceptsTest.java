package dev.baton.kit;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import dev.baton.handover.ListenAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The connections of listeners that have been taken away; clients are in this process, too. */
@Timeout(60)
class LastAcceptsTest {
    private static final Duration PATIENCE = FakeSupervisor.PATIENCE;

    private final LastAccepts lastAccepts = new LastAccepts();

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:0", "0.0.0.0:0", "[::1]:0", "*:0"})
    void aConnectionThatNobodyHasToldOfIsNotKnownUntilItIsClosed(String address) throws Exception {
        try (Fd listener = listen(address);
                Socket client = new Socket()) {
            client.connect(reaching(listener));
            Fd connection = Libc.accept(listener).orElseThrow();
            taken(listener);
            assertEquals(
                    List.of(client.getRemoteSocketAddress() + " " + client.getLocalSocketAddress()
                            + " accepted, and not yet taken up by the server"),
                    lastAccepts.named(descriptor -> false));
            assertTrue(lastAccepts.areKnown(descriptor -> descriptor == connection.number()));
            assertFalse(lastAccepts.areKnown(descriptor -> false));
            connection.close();
            assertTrue(lastAccepts.areKnown(descriptor -> false));
        }
    }

    @Test
    void norIsOneOverAUnixSocket() throws Exception {
        Path path = directory.resolve("http.sock");
        try (Fd listener = listen("unix:" + path);
                SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            Fd connection = Libc.accept(listener).orElseThrow();
            taken(listener);
            assertFalse(lastAccepts.areKnown(descriptor -> false));
            assertTrue(client.isConnected());
            connection.close();
            assertTrue(lastAccepts.areKnown(descriptor -> false));
        }
    }

    @Test
    void norIsOneWhoseClientHasSaidItsLast() throws Exception {
        try (Fd listener = listen("127.0.0.1:0");
                Socket client = new Socket()) {
            client.connect(reaching(listener));
            try (Fd connection = Libc.accept(listener).orElseThrow()) {
                client.shutdownOutput();
                Libc.awaitInput(connection.number());
                taken(listener);
                assertFalse(lastAccepts.areKnown(descriptor -> false));
            }
        }
    }

    /** Java's channels shut a connection when they are closed, and close its descriptor when a selector lets them. */
    @Test
    void oneThatWasShutIsKnown() throws Exception {
        try (Fd listener = listen("127.0.0.1:0");
                Socket client = new Socket()) {
            client.connect(reaching(listener));
            try (Fd connection = Libc.accept(listener).orElseThrow()) {
                Libc.shutdown(connection);
                taken(listener);
                assertTrue(lastAccepts.areKnown(descriptor -> false));
            }
        }
    }

    @Test
    void thoseOfOtherListenersAreNotAskedFor() throws Exception {
        try (Fd listener = listen("127.0.0.1:0");
                ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(other.getInetAddress(), other.getLocalPort());
                Socket connection = other.accept()) {
            taken(listener);
            assertTrue(lastAccepts.areKnown(descriptor -> false));
            assertTrue(client.isConnected() && connection.isConnected());
        }
    }

    /** A thread may still be within accept(2). */
    @Test
    void nothingIsKnownAtOnce() {
        long since = System.nanoTime();
        lastAccepts.unplugged();
        boolean known = lastAccepts.areKnown(descriptor -> true);
        assertTrue(!known || System.nanoTime() - since > LastAccepts.SETTLED.toNanos());
    }

    private static Fd listen(String address) throws IOException {
        return Libc.listen((ListenAddress.Bindable) ListenAddress.parse(address), 16);
    }

    private static InetSocketAddress reaching(Fd listener) {
        InetSocketAddress address = Libc.localInetAddress(listener.number()).orElseThrow();
        return address.getAddress().isAnyLocalAddress()
                ? new InetSocketAddress("127.0.0.1", address.getPort())
                : address;
    }

    /** It was the public one for a while, and threads have come back from it since. */
    private void taken(Fd listener) {
        lastAccepts.plugging(listener);
        lastAccepts.unplugged();
        await().atMost(PATIENCE).until(() -> lastAccepts.areKnown(descriptor -> true));
    }
}
