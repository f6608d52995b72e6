package dev.baton.kit.jetty;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Message;
import dev.baton.kit.FakeSupervisor;
import dev.baton.kit.FakeSupervisor.WorkerEnd;
import dev.baton.kit.connection.TestCertificate;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.eclipse.jetty.io.EndPoint;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The ends of connections under TLS, seen by clients that are not ours. */
@Timeout(120)
class PoliteTlsTest {
    /** What the first byte of a record is that ends TLS 1.2: RFC 5246, 6.2.1. */
    private static final int ALERT = 21;

    private static SSLContext tls;

    @BeforeAll
    static void makeCertificate() throws Exception {
        tls = TestCertificate.context();
    }

    /** What is on its way to a socket that is closed would be answered with RST, and a client that hears of it not read on. */
    @Test
    void aWebSocketThatStillSendsHearsThatTheServiceRestarts() throws Exception {
        try (JettyPair jetty = new JettyPair(1).withTls(tls);
                Client client = new Client(jetty.address())) {
            WorkerEnd only = jetty.start();
            only.accept();
            client.upgrade("/ws");
            EndPoint its = jetty.endPoint(1, client.port());
            only.say(new Message.Drain(FakeSupervisor.PATIENCE));
            await().until(its::isOutputShutdown);
            for (int i = 0; i < 3; i++) {
                client.send();
            }
            assertEquals(1012, client.goodbye());
            client.wire.close();
            assertEquals(List.of(), only.next(Message.Drained.class).cut());
        }
    }

    @Test
    void anIdleConnectionThatIsCutEndsWithCloseNotify() throws Exception {
        try (JettyPair jetty = new JettyPair(1).withTls(tls);
                Client client = new Client(jetty.address())) {
            WorkerEnd only = jetty.start();
            only.accept();
            client.ask("/");
            assertEquals(1, only.drain(Duration.ofMillis(300)).size());
            assertEquals(ALERT, client.wire.getInputStream().read());
        }
    }

    @Test
    void aConnectorThatBeginsWithTlsByItsNameAloneDoesSo() throws Exception {
        try (JettyPair jetty = new JettyPair(1).withTls(tls).thatComesLast();
                Client client = new Client(jetty.address())) {
            WorkerEnd only = jetty.start();
            only.accept();
            client.ask("/");
        }
    }

    private static final class Client implements AutoCloseable {
        private final Socket wire;
        private final SSLSocket socket;
        private final DataInputStream in;
        private final OutputStream out;

        Client(InetSocketAddress address) throws IOException {
            wire = new Socket(address.getAddress(), address.getPort());
            socket = (SSLSocket) tls.getSocketFactory().createSocket(wire, "localhost", address.getPort(), true);
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.setSoTimeout(30_000);
            in = new DataInputStream(socket.getInputStream());
            out = socket.getOutputStream();
        }

        int port() {
            return socket.getLocalPort();
        }

        void ask(String path) throws IOException {
            out.write(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            String head = head();
            assertTrue(head.startsWith("HTTP/1.1 200 "), head);
            in.readNBytes(Integer.parseInt(head.replaceAll("(?is).*content-length: (\\d+).*", "$1")));
        }

        void upgrade(String path) throws IOException {
            out.write(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            String head = head();
            assertTrue(head.startsWith("HTTP/1.1 101 "), head);
        }

        private String head() throws IOException {
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                head.append((char) in.readUnsignedByte());
            }
            return head.toString();
        }

        /** A PONG that nobody has asked for, and nobody answers. */
        void send() throws IOException {
            out.write(new byte[] {(byte) 0x8a, (byte) 0x80, 0, 0, 0, 0});
        }

        /** Reads to the close frame; its code. */
        int goodbye() throws IOException {
            while (true) {
                int kind = in.readUnsignedByte();
                byte[] payload = in.readNBytes(in.readUnsignedByte());
                if (kind == 0x88) {
                    return (payload[0] & 0xff) << 8 | payload[1] & 0xff;
                }
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
