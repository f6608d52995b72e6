package dev.baton.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import dev.baton.handover.ListenAddress;
import dev.baton.handover.ListenerSpec;
import dev.baton.supervisor.Overseer.Passed;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Listeners from sockets that somebody passes. */
class PassedSocketsTest {
    @TempDir
    private Path directory;

    private final Passing passing = new Passing();

    /** One that passes these, and keeps as systemd does: a socket that it has goes on under its first name. */
    private static final class Passing implements Overseer {
        private final List<Passed> passed = new ArrayList<>();
        private final Map<Long, String> store = new LinkedHashMap<>();

        List<String> kept() {
            return List.copyOf(store.values());
        }

        @Override
        public List<Passed> passed() {
            return passed;
        }

        @Override
        public Duration pulse() {
            return Duration.ofHours(1);
        }

        @Override
        public void onPulse(Supplier<Status> status) {
            throw new AssertionError("no lifecycle runs here");
        }

        @Override
        public void keep(String name, Fd listener) {
            store.putIfAbsent(Libc.socketCookie(listener.number()), name);
        }

        @Override
        public boolean keeps() {
            return true;
        }

        @Override
        public void forget(String name) {
            store.values().removeIf(name::equals);
        }
    }

    private Fd pass(String name, String address, boolean kept) throws Exception {
        Fd fd = Libc.listen((ListenAddress.Bindable) ListenAddress.parse(address), 10);
        passing.passed.add(new Passed(name, fd, kept));
        if (kept) {
            passing.keep(name, fd);
        }
        return fd;
    }

    private static int port(Fd fd) {
        return Libc.localInetAddress(fd.number()).orElseThrow().getPort();
    }

    private String refusal(String... specs) {
        try (ListenerSet listeners = new ListenerSet(passing)) {
            return assertThrows(StartException.class, () -> {
                        listeners.bind(
                                List.of(specs).stream().map(ListenerSpec::parse).toList());
                        listeners.settle();
                    })
                    .getMessage();
        }
    }

    @Test
    void areTakenByNameInAnyOrder() throws Exception {
        Path path = directory.resolve("line.sock");
        Fd unix = pass("line", "unix:" + path, false);
        Fd web = pass("web", "[::1]:0", false);
        long cookie = Libc.socketCookie(web.number());
        List<ListenerSpec> wanted =
                List.of(ListenerSpec.parse("http=systemd:web"), ListenerSpec.parse("line=systemd:line"));
        try (ListenerSet listeners = new ListenerSet(passing)) {
            listeners.bind(wanted);
            listeners.settle();
            List<PublicListener> held = listeners.of(wanted);
            assertEquals(cookie, Libc.socketCookie(held.get(0).fd().number()));
            assertEquals("[::1]:" + port(web), held.get(0).spec().address().text());
            assertEquals("unix:" + path, held.get(1).spec().address().text());
            assertEquals(unix.number(), held.get(1).fd().number());
            assertEquals(List.of(), passing.kept(), "whoever passes them has them");
        }
        assertTrue(Files.exists(path), "the file is not ours");
    }

    @Test
    void aMissingNameIsAnError() throws Exception {
        pass("web", "127.0.0.1:0", false);
        assertTrue(refusal("http=systemd:wep").contains("systemd passes no socket called wep, but web"));
    }

    @Test
    void aNameThatNobodyWantsIsAnError() throws Exception {
        pass("web", "127.0.0.1:0", false);
        pass("admin", "127.0.0.1:0", false);
        String said = refusal("http=systemd:web");
        assertTrue(said.contains("no listener asks for: admin"), said);
    }

    @Test
    void twoOfOneNameAreAnError() throws Exception {
        pass("web", "127.0.0.1:0", false);
        pass("web", "127.0.0.1:0", false);
        String said = refusal("http=systemd:web");
        assertTrue(said.contains("passes 2 sockets called web"), said);
    }

    @Test
    void whatIsNoListeningStreamSocketIsAnError() throws Exception {
        Fd[] pair = Libc.socketPair();
        pair[1].close();
        passing.passed.add(new Passed("web", pair[0], false));
        String said = refusal("http=systemd:web");
        assertTrue(said.contains("no listening stream socket"), said);
    }

    @Test
    void aKeptOneIsTakenWithWhatWaitsThere() throws Exception {
        Fd kept = pass("baton.http.1", "127.0.0.1:0", true);
        Fd other = pass("baton.old.2", "127.0.0.1:0", true);
        int number = other.number();
        List<ListenerSpec> wanted = List.of(ListenerSpec.parse("http=127.0.0.1:" + port(kept)));
        try (SocketChannel waiting = SocketChannel.open(new InetSocketAddress("127.0.0.1", port(kept)));
                ListenerSet listeners = new ListenerSet(passing)) {
            assertTrue(waiting.isConnected());
            listeners.bind(wanted);
            listeners.settle();
            assertEquals(1, listeners.states().get(0).queued());
            assertFalse(other.isOpen(), "descriptor " + number + " is nobody's");
            assertFalse(passing.kept().contains("baton.old.2"));
        }
        assertEquals(1, passing.kept().size(), "the next supervisor is to have it");
        assertTrue(passing.kept().get(0).startsWith("baton.http."));
    }

    @Test
    void aKeptOneMakesWayForAnAddressThatItHolds() throws Exception {
        makesWay("[::]:", "127.0.0.1:");
    }

    @Test
    void aKeptOneMakesWayForAnAddressThatHoldsIt() throws Exception {
        makesWay("127.0.0.1:", ":");
    }

    private void makesWay(String before, String now) throws Exception {
        Fd kept = pass("baton.http.1", before + "0", true);
        try (Fd overseers = Libc.duplicate(kept.number());
                ListenerSet listeners = new ListenerSet(passing)) {
            listeners.bind(List.of(ListenerSpec.parse("http=" + now + port(kept))));
            listeners.settle();
            assertTrue(overseers.isOpen(), "it closes its own when it gets to it");
            assertFalse(kept.isOpen());
            assertEquals(1, passing.kept().size());
            assertFalse(passing.kept().contains("baton.http.1"));
        }
    }

    /** The next start, with the old configuration, finds it with what waits there. */
    @Test
    void aKeptOneThatIsNotInTheWayOutlivesAStartThatFails() throws Exception {
        pass("baton.old.1", "127.0.0.1:0", true);
        assertTrue(refusal("http=127.0.0.1:0", "line=systemd:line").contains("no socket called line"));
        assertTrue(passing.kept().contains("baton.old.1"));
    }

    @Test
    void aKeptOneOfAListenerThatIsCalledOtherwiseNowCanBeForgotten() throws Exception {
        Fd kept = pass("baton.old.1", "127.0.0.1:0", true);
        try (ListenerSet listeners = new ListenerSet(passing)) {
            listeners.bind(List.of(ListenerSpec.parse("http=127.0.0.1:" + port(kept))));
            listeners.settle();
            assertEquals(List.of("baton.http." + Libc.socketCookie(kept.number())), passing.kept());
            listeners.retain(List.of());
            assertEquals(List.of(), passing.kept());
        }
    }

    @Test
    void whatIsBoundHereIsKeptUntilNobodyAsksForIt() throws Exception {
        try (ListenerSet listeners = new ListenerSet(passing)) {
            listeners.bind(List.of(ListenerSpec.parse("http=127.0.0.1:0")));
            assertEquals(1, passing.kept().size());
            assertTrue(passing.kept().get(0).startsWith("baton.http."));
            listeners.retain(List.of());
            assertEquals(List.of(), passing.kept());
        }
    }

    /** What stops may be about to start again: who waits there is served then. */
    @Test
    void whatIsKeptStaysOpenAtAStop() throws Exception {
        try (ListenerSet listeners = new ListenerSet(passing)) {
            List<ListenerSpec> specs = List.of(ListenerSpec.parse("http=127.0.0.1:0"));
            listeners.bind(specs);
            listeners.keepNewcomersOut();
            listeners.end(false);
            assertEquals(1, listeners.states().size());
            int port = port(listeners.of(specs).get(0).fd());
            try (SocketChannel client = SocketChannel.open()) {
                client.socket().connect(new InetSocketAddress("127.0.0.1", port), 500); // a dropped SYN takes a second
            }
            assertEquals(1, passing.kept().size());
        }
    }
}
