package dev.baton.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import dev.baton.handover.ListenAddress;
import dev.baton.handover.ListenerSpec;
import dev.baton.kit.LastAccepts;
import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class AcceptedTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    /** In which a drain looks many times, that may end. */
    private static final Duration MANY_LOOKS = LastAccepts.SETTLED.plusMillis(400);

    private final Accepted accepted = new Accepted();
    private final ProgramListener listener = new ProgramListener(
            ListenerSpec.parse("http=127.0.0.1:8080"),
            new FileDescriptor(),
            new InetSocketAddress("127.0.0.1", 8080),
            accepted);

    /** A thread may have come back from accept(2) with one before the listener was taken away, and not have said so yet. */
    @Test
    void connectionThatIsOnlyJustAcceptedIsNotOverlooked() throws Exception {
        accepted.lastAcceptsOf(listener).unplugged();
        long since = System.nanoTime();
        accepted.drain(null);
        assertTrue(accepted.awaitDrained(Duration.ofSeconds(10)));
        Duration waited = Duration.ofNanos(System.nanoTime() - since);
        assertTrue(waited.compareTo(LastAccepts.SETTLED) > 0, waited::toString);
    }

    @Test
    void deadlineComesBeforeThat() throws Exception {
        accepted.lastAcceptsOf(listener).unplugged();
        long since = System.nanoTime();
        accepted.drain(null);
        boolean drained = accepted.awaitDrained(Duration.ZERO);
        assertTrue(!drained || System.nanoTime() - since > LastAccepts.SETTLED.toNanos());
    }

    /** However long that thread takes; and who looks after them cannot ask for what it was not told of. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void oneThatHasAskedAndThatNobodyHasToldOfIsWaitedFor(boolean politely) throws Exception {
        if (politely) {
            listener.servePolitely();
        }
        try (Fd socket = open();
                Socket client = ask(socket)) {
            Fd connection = Libc.accept(socket).orElseThrow();
            plugAndUnplug(socket);
            assertFalse(accepted.awaitDrained(MANY_LOOKS));
            List<String> cut = accepted.cut();
            assertEquals(politely ? 0 : 1, cut.size(), cut::toString);
            assertTrue(cut.stream().allMatch(name -> name.contains(":" + client.getLocalPort() + " accepted")));
            connection.close();
            assertTrue(accepted.awaitDrained(PATIENCE));
        }
    }

    @Test
    void oneThatIsQuietIsNotWaitedFor() throws Exception {
        try (Fd socket = open();
                Socket client = new Socket()) {
            client.connect(Libc.localAddress(socket.number()).orElseThrow());
            try (Fd connection = Libc.accept(socket).orElseThrow()) {
                plugAndUnplug(socket);
                assertTrue(accepted.awaitDrained(PATIENCE));
                assertTrue(connection.isOpen());
            }
        }
    }

    private static Fd open() throws IOException {
        return Libc.listen((ListenAddress.Bindable) ListenAddress.parse("127.0.0.1:0"), 16);
    }

    private static Socket ask(Fd listener) throws IOException {
        Socket client = new Socket();
        client.connect(Libc.localAddress(listener.number()).orElseThrow());
        client.getOutputStream().write('G');
        return client;
    }

    private void plugAndUnplug(Fd socket) {
        LastAccepts lastAccepts = accepted.lastAcceptsOf(listener);
        lastAccepts.plugging(socket);
        lastAccepts.unplugged();
        accepted.drain(null);
    }
}
