package dev.baton.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Libc;
import dev.baton.handover.ListenAddress;
import dev.baton.handover.ListenerSpec;
import dev.baton.supervisor.Status.ListenerState;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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
        try (ListenerSet listeners = ListenerSet.open(List.of(ListenerSpec.parse("unix=unix:" + path)))) {
            assertEquals(1, listeners.states().size());
            assertEquals("rw-rw-rw-", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
        }
    }

    @Test
    void tellsHowManyWaitAtEachListener() throws Exception {
        Path path = directory.resolve("http.sock");
        List<SocketChannel> clients = new ArrayList<>();
        try (ListenerSet listeners = ListenerSet.open(List.of(
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
        try (ListenerSet listeners = ListenerSet.open(List.of(
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
        try (ListenerSet listeners = ListenerSet.open(List.of(ListenerSpec.parse("four=0.0.0.0:0")))) {
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

    @Test
    void closedOnesCanStillBeAskedFor() throws Exception {
        ListenerSet listeners = ListenerSet.open(List.of(ListenerSpec.parse("http=127.0.0.1:0")));
        listeners.close();
        assertEquals(0, listeners.states().get(0).queued());
    }
}
