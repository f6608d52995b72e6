package dev.baton.kit.connection;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Message;
import dev.baton.kit.Duplex;
import dev.baton.kit.FakeSupervisor;
import dev.baton.kit.FakeSupervisor.WorkerEnd;
import dev.baton.kit.StoppableListener;
import dev.baton.kit.TestWorkers;
import dev.baton.kit.TrackedConnection;
import dev.baton.kit.Worker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class TlsOrPlainTest {
    private static SSLContext tls;

    @BeforeAll
    static void makeCertificate() throws Exception {
        tls = TestCertificate.context();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "h", "\u0016", "\u0016\u0002x", "\u0003\u0016", "GET / HTTP/1.1", "\u0017\u0003"})
    void whatIsNoHandshakeIsPlainAndNoByteIsLost(String said) throws IOException {
        MemoryDuplex client = new MemoryDuplex(said);
        Duplex connection = TlsOrPlain.of(tls).over(client, false);
        assertFalse(connection.canMove(), "nobody knows yet what it will speak");
        assertEquals(said, new String(connection.input().readAllBytes(), StandardCharsets.ISO_8859_1));
        connection.output().write(new byte[] {1, 2});
        assertArrayEquals(new byte[] {1, 2}, client.heard());
        assertTrue(connection.canMove());
    }

    @Test
    void aByteThatWasReadToTellAndNotYetByTheProgramIsAvailable() throws IOException {
        Duplex connection = TlsOrPlain.of(tls).over(new MemoryDuplex("\u0016\u0001"), false);
        assertEquals(0, connection.input().available());
        assertEquals(0x16, connection.input().read());
        assertEquals(1, connection.input().available(), "so the connection is not quiet");
        assertEquals(1, connection.input().read());
        assertEquals(0, connection.input().available());
    }

    @Test
    void aConnectionFromThePreviousWorkerIsNotAskedAgain() {
        MemoryDuplex client = new MemoryDuplex("\u0016\u0003");
        assertSame(client, TlsOrPlain.of(tls).over(client, true));
    }

    @Test
    void aBrokenHandshakeFailsTheReadAndNothingElse() {
        Duplex connection = TlsOrPlain.of(tls).over(new MemoryDuplex("\u0016\u0003\u0001\u0000\u0002xx"), false);
        assertThrows(SSLException.class, () -> connection.input().read());
        assertFalse(connection.canMove());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void oneListenerAnswersBoth(String version) throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open();
                LineEcho echo = LineEcho.start(supervisor, 1, TlsOrPlain.of(tls))) {
            supervisor.worker(1).accept();
            try (Client plain = Client.plain(echo.address());
                    Client secret = Client.tls(echo.address(), tls, version)) {
                for (int i = 0; i < 20; i++) {
                    assertEquals("gen=1 hello", plain.ask("hello"));
                    assertEquals("gen=1 secret", secret.ask("secret"));
                }
                String big = "x".repeat(100_000);
                assertEquals("gen=1 " + big, secret.ask(big), "of several records");
                secret.send("bye\n");
                assertEquals("gen=1 bye", secret.line());
                assertEquals(null, secret.line(), "close_notify, not a truncation");
            }
        }
    }

    @Test
    void aPlainConnectionMovesAndOneWithTlsIsServedToItsEnd() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open();
                LineEcho first = LineEcho.start(supervisor, 1, TlsOrPlain.of(tls));
                LineEcho second = LineEcho.start(supervisor, 2, TlsOrPlain.of(tls))) {
            WorkerEnd old = supervisor.worker(1);
            WorkerEnd next = supervisor.worker(2);
            old.accept();
            try (Client plain = Client.plain(first.address());
                    Client secret = Client.tls(first.address(), tls, "TLSv1.3")) {
                assertEquals("gen=1 a", plain.ask("a"));
                assertEquals("gen=1 b", secret.ask("b"));
                next.accept();
                old.park();
                supervisor.handOver(old, next, Duration.ofSeconds(20));
                plain.askUntil("gen=" + second.generation() + " ");
                assertEquals("gen=1 still here", secret.ask("still here"));
                assertEquals("gen=1 bye", secret.ask("bye"));
                assertEquals(null, secret.line());
                assertEquals(List.of(), old.next(Message.Drained.class).cut());
                assertEquals("gen=2 c", plain.ask("c"));
            }
        }
    }

    @Test
    void anIdleTlsConnectionIsCutAtTheDeadlineAndNamed() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open();
                LineEcho echo = LineEcho.start(supervisor, 1, TlsOrPlain.of(tls))) {
            WorkerEnd only = supervisor.worker(1);
            only.accept();
            try (Client secret = Client.tls(echo.address(), tls, "TLSv1.3");
                    Client silent = Client.plain(echo.address())) {
                secret.ask("hello");
                Message.Progress progress;
                do {
                    progress = only.next(Message.Progress.class);
                } while (progress.active() + progress.idle() < 2); // the silent one has not been accepted yet
                List<String> cut = only.drain(Duration.ofMillis(300));
                assertEquals(2, cut.size(), cut.toString());
                assertTrue(cut.get(0).startsWith("line /127.0.0.1:" + secret.port()), cut.get(0));
                assertTrue(cut.get(0).endsWith("waiting for its client"), cut.get(0));
                assertTrue(silent.isAtEnd());
            }
        }
    }

    @Test
    void aTlsConnectionHasNoOtherSocketThanItsOwn() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open();
                LineEcho echo = LineEcho.start(supervisor, 1, TlsOrPlain.of(tls))) {
            supervisor.worker(1).accept();
            askAndLeave(echo);
            long before = descriptors();
            for (int i = 0; i < 50; i++) {
                askAndLeave(echo);
            }
            await().atMost(FakeSupervisor.PATIENCE).until(() -> descriptors() < before + 10);
        }
    }

    /** Whoever writes to it holds the lock that the close_notify needs. */
    @Test
    void aConnectionIsClosedThoughItsClientDoesNotRead() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            InetSocketAddress address = supervisor.listen("line", "127.0.0.1:0");
            try (Worker worker = TestWorkers.attach(supervisor.environment(1));
                    StoppableListener listener = worker.listener("line")) {
                listener.interpose(TlsOrPlain.of(tls));
                worker.ready();
                supervisor.worker(1).accept();
                try (Client client = Client.tls(address, tls, "TLSv1.3")) {
                    threads.submit(() -> {
                        client.send("hello");
                        return null;
                    });
                    TrackedConnection connection = listener.accept();
                    assertEquals('h', connection.input().read());
                    AtomicLong written = new AtomicLong();
                    Future<?> writing = threads.submit(() -> {
                        while (true) {
                            connection.output().write(new byte[64 * 1024]);
                            written.incrementAndGet();
                        }
                    });
                    AtomicLong seen = new AtomicLong();
                    await().during(Duration.ofMillis(500))
                            .until(() -> written.get() > 0 && seen.getAndSet(written.get()) == written.get());
                    threads.submit(() -> {
                                connection.close();
                                return null;
                            })
                            .get(FakeSupervisor.PATIENCE.toSeconds(), TimeUnit.SECONDS);
                    assertThrows(ExecutionException.class, writing::get);
                }
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static void askAndLeave(LineEcho echo) throws IOException {
        try (Client client = Client.tls(echo.address(), tls, "TLSv1.3")) {
            assertEquals("gen=1 bye", client.ask("bye"));
        }
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }

    /** A client of a {@link LineEcho}. */
    private static final class Client implements AutoCloseable {
        private final Socket socket;

        private Client(Socket socket) throws IOException {
            this.socket = socket;
            socket.setSoTimeout(20_000);
        }

        static Client plain(InetSocketAddress address) throws IOException {
            return new Client(new Socket(address.getAddress(), address.getPort()));
        }

        static Client tls(InetSocketAddress address, SSLContext context, String version) throws IOException {
            SSLSocket socket =
                    (SSLSocket) context.getSocketFactory().createSocket(address.getAddress(), address.getPort());
            socket.setEnabledProtocols(new String[] {version});
            return new Client(socket);
        }

        int port() {
            return socket.getLocalPort();
        }

        void send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        }

        String ask(String line) throws IOException {
            send(line + "\n");
            return line();
        }

        void askUntil(String prefix) throws IOException {
            String answer = ask("?");
            while (!answer.startsWith(prefix)) {
                answer = ask("?");
            }
        }

        boolean isAtEnd() throws IOException {
            return socket.getInputStream().read() < 0;
        }

        String line() throws IOException {
            StringBuilder line = new StringBuilder();
            int c;
            while ((c = socket.getInputStream().read()) != '\n') {
                if (c < 0) {
                    return null;
                }
                line.append((char) c);
            }
            return line.toString();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
