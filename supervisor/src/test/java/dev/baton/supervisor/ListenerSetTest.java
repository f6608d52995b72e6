package dev.baton.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import dev.baton.handover.ListenAddress;
import dev.baton.handover.ListenerSpec;
import dev.baton.supervisor.Status.ListenerState;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListenerSetTest {
    @TempDir
    private Path directory;

    private static int port(ListenerState state) {
        return ((ListenAddress.Inet) state.spec().address()).address().getPort();
    }

    /** As with systemd and nginx: the directory says who comes. */
    @Test
    void everybodyMayConnectToAUnixSocketWhateverTheUmask() throws Exception {
        Path path = directory.resolve("http.sock");
        try (ListenerSet listeners = Nobody.open(List.of(ListenerSpec.parse("unix=unix:" + path)))) {
            assertEquals(1, listeners.states().size());
            assertEquals("rw-rw-rw-", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
        }
    }

    @Test
    void tellsHowManyWaitAtEachListener() throws Exception {
        Path path = directory.resolve("http.sock");
        List<SocketChannel> clients = new ArrayList<>();
        try (ListenerSet listeners = Nobody.open(List.of(
                ListenerSpec.parse("four=127.0.0.1:0"),
                ListenerSpec.parse("both=:0"),
                ListenerSpec.parse("unix=unix:" + path)))) {
            for (int i = 0; i < 3; i++) {
                clients.add(SocketChannel.open(new InetSocketAddress(
                        "127.0.0.1", port(listeners.states().get(0)))));
            }
            clients.add(SocketChannel.open(new InetSocketAddress(
                    InetAddress.getLoopbackAddress(), port(listeners.states().get(1)))));
            for (int i = 0; i < 2; i++) {
                SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX);
                client.connect(UnixDomainSocketAddress.of(path));
                clients.add(client);
            }
            assertEquals(
                    List.of(3L, 1L, 2L),
                    listeners.states().stream().map(ListenerState::queued).toList());
            assertTrue(Libc.accept(listeners
                            .of(List.of(ListenerSpec.parse("unix=unix:" + path)))
                            .get(0)
                            .fd())
                    .isPresent());
            assertEquals(1, listeners.states().get(2).queued());
            for (SocketChannel client : clients) {
                client.close();
            }
        }
    }

    @Test
    void portThatTheKernelChoseIsToldInThePlaceOfZero() throws Exception {
        try (ListenerSet listeners = Nobody.open(List.of(
                ListenerSpec.parse("a=localhost:0"), ListenerSpec.parse("b=[::]:0"), ListenerSpec.parse("c=*:0")))) {
            for (ListenerState state : listeners.states()) {
                assertNotEquals(0, port(state));
            }
            assertTrue(listeners.states().get(0).spec().address().text().startsWith("localhost:"));
            assertTrue(listeners.states().get(1).spec().address().text().startsWith("[::]:"));
        }
    }

    @Test
    void everyAddressOfOneFamilyLeavesThoseOfTheOtherFree() throws Exception {
        try (ListenerSet listeners = Nobody.open(List.of(ListenerSpec.parse("four=0.0.0.0:0")))) {
            int port = port(listeners.states().get(0));
            List<ListenerSpec> six = List.of(ListenerSpec.parse("six=[::1]:" + port));
            assertEquals(Optional.empty(), listeners.conflict(six));
            listeners.bind(six);
            for (String address : List.of("127.0.0.1:", ":", "*:", "[::]:")) {
                ListenerSpec other = ListenerSpec.parse("other=" + address + port);
                assertTrue(listeners.conflict(List.of(other)).isPresent(), address);
                assertThrows(StartException.class, () -> listeners.bind(List.of(other)), address);
            }
        }
    }

    private static SocketAddress first(ListenerSet listeners) {
        return new InetSocketAddress("127.0.0.1", port(listeners.states().get(0)));
    }

    private static void assertRefused(SocketAddress address) {
        assertThrows(IOException.class, () -> SocketChannel.open(address).close(), address.toString());
    }

    @Test
    void whoWaitsIsStillAcceptedWhenNobodyElseIsLetIn() throws Exception {
        ListenerSpec spec = ListenerSpec.parse("tcp=127.0.0.1:0");
        try (ListenerSet listeners = Nobody.open(List.of(spec))) {
            Fd fd = listeners.of(List.of(spec)).get(0).fd();
            SocketAddress tcp = first(listeners);
            try (SocketChannel waits = SocketChannel.open(tcp);
                    SocketChannel comes = SocketChannel.open()) {
                listeners.keepNewcomersOut();
                comes.configureBlocking(false);
                comes.connect(tcp);
                try (Fd accepted = Libc.accept(fd).orElseThrow()) {
                    assertEquals(
                            waits.getLocalAddress(),
                            Libc.remoteAddress(accepted.number()).orElseThrow());
                }
                assertEquals(Optional.empty(), Libc.accept(fd));
                assertFalse(comes.finishConnect());
                listeners.end(false);
                comes.configureBlocking(true); // it tries again after a second
                assertTimeoutPreemptively(
                        Duration.ofSeconds(60), () -> assertThrows(ConnectException.class, comes::finishConnect));
            }
        }
    }

    /** The supervisor before had kept newcomers out, and died before it could close it. */
    @Test
    void oneThatIsTakenBackLetsNewcomersIn() throws Exception {
        ListenerSpec spec = ListenerSpec.parse("tcp=127.0.0.1:0");
        try (ListenerSet dead = Nobody.open(List.of(spec));
                ListenerSet next = new ListenerSet(new Nobody())) {
            dead.keepNewcomersOut();
            next.takeBack(
                    dead.recorded().get(0),
                    Libc.duplicate(dead.of(List.of(spec)).get(0).fd().number()));
            assertTimeoutPreemptively(
                    Duration.ofSeconds(60),
                    () -> SocketChannel.open(first(next)).close());
        }
    }

    /** Workers have copies until they end. */
    @Test
    void endedOnesRefuseWhoeverComesThoughOthersHaveThemOpen() throws Exception {
        Path path = directory.resolve("http.sock");
        List<ListenerSpec> specs =
                List.of(ListenerSpec.parse("tcp=127.0.0.1:0"), ListenerSpec.parse("unix=unix:" + path));
        try (ListenerSet listeners = Nobody.open(specs)) {
            List<HeldListener> recorded = listeners.recorded();
            SocketAddress tcp = first(listeners);
            SocketAddress unix = UnixDomainSocketAddress.of(path);
            List<PublicListener> held = listeners.of(specs);
            try (Fd first = Libc.duplicate(held.get(0).fd().number());
                    Fd second = Libc.duplicate(held.get(1).fd().number());
                    SocketChannel waits = SocketChannel.open(tcp);
                    SocketChannel waitsToo = SocketChannel.open(unix)) {
                listeners.end(false);
                assertRefused(tcp);
                assertRefused(unix);
                assertFalse(Files.exists(path));
                assertEquals(Optional.empty(), Libc.accept(second), "nobody is left to wait");
                for (SocketChannel reset : List.of(waits, waitsToo)) {
                    assertTimeoutPreemptively(
                            Duration.ofSeconds(10), () -> assertThrows(IOException.class, () -> endOf(reset)));
                }
                assertEquals(List.of(), listeners.states());
                assertEquals(recorded, listeners.recorded(), "another supervisor binds them again");
                assertThrows(IOException.class, () -> listeners.takeBack(recorded.get(0), first.move()));
                listeners.bindAgain(recorded.get(0));
                SocketChannel.open(tcp).close();
            }
        }
    }

    private static void endOf(SocketChannel channel) throws IOException {
        if (channel.read(ByteBuffer.allocate(1)) < 0) {
            throw new EOFException();
        }
    }

    /** Nothing is known of how such a program accepts: a listener that ends under it may look like a failure. */
    @Test
    void endedOnesStayOpenToProgramsThatCloseTheirsThemselves() throws Exception {
        List<ListenerSpec> specs = List.of(ListenerSpec.parse("tcp=127.0.0.1:0"));
        try (ListenerSet listeners = Nobody.open(specs)) {
            SocketAddress tcp = first(listeners);
            Fd fd = listeners.of(specs).get(0).fd();
            try (Fd theirs = Libc.duplicate(fd.number())) {
                listeners.end(true);
                SocketChannel.open(tcp).close();
                assertTrue(Libc.accept(theirs).isPresent());
            }
            assertRefused(tcp);
        }
    }

    @Test
    void closedOnesCanStillBeAskedFor() throws Exception {
        ListenerSet listeners = Nobody.open(List.of(ListenerSpec.parse("http=127.0.0.1:0")));
        listeners.close();
        assertEquals(0, listeners.states().get(0).queued());
    }
}
