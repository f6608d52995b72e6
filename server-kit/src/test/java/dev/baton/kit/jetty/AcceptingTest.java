package dev.baton.kit.jetty;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Message;
import dev.baton.kit.FakeSupervisor;
import dev.baton.kit.FakeSupervisor.WorkerEnd;
import dev.baton.kit.LastAccepts;
import dev.baton.kit.connection.TestCertificate;
import dev.baton.kit.jetty.RawClient.Answer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.AbstractConnectionFactory;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.DetectorConnectionFactory;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Drains while connections are with Jetty and have no end point yet. */
@Timeout(120)
class AcceptingTest {
    /** In which a drain would be over many times: it looks every few milliseconds. */
    private static final Duration MANY_LOOKS = Duration.ofMillis(200);

    private static final Duration PATIENCE = FakeSupervisor.PATIENCE;

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aDrainWaitsForOneThatTheNextWorkerHasDeclined(int acceptors) throws Exception {
        try (JettyPair jetty = new JettyPair(acceptors);
                RawClient client = new RawClient(jetty.address());
                NextWorker taker = new NextWorker()) {
            WorkerEnd old = jetty.start();
            old.accept();
            client.ask("/");
            jetty.threads(1).hold();
            old.park();
            taker.drain(old, PATIENCE);
            taker.decline();
            assertAnsweredBeforeTheDrainIsOver(jetty, old, client);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aDrainWaitsForOneThatWasAcceptedJustBefore(int acceptors) throws Exception {
        try (JettyPair jetty = new JettyPair(acceptors)) {
            WorkerEnd only = jetty.start();
            only.accept();
            jetty.threads(1).hold();
            try (RawClient client = new RawClient(jetty.address())) {
                awaitHeld(jetty);
                only.say(new Message.Drain(PATIENCE));
                assertAnsweredBeforeTheDrainIsOver(jetty, only, client);
            }
        }
    }

    /** Jetty has it from accept(2) and has told nobody yet, not even us. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aDrainThatFollowsTheParkAtOnceWaitsForOneThatIsNotKnownYet(int acceptors) throws Exception {
        try (JettyPair jetty = new JettyPair(acceptors)) {
            WorkerEnd only = jetty.start();
            only.accept();
            jetty.threads(1).hold();
            jetty.connector(1).holdUntilLooked();
            try (RawClient client = new RawClient(jetty.address())) {
                jetty.connector(1).awaitAccepted();
                only.park();
                only.say(new Message.Drain(PATIENCE));
                assertAnsweredBeforeTheDrainIsOver(jetty, only, client);
            }
        }
    }

    /** Others have the processor of the thread that has it from accept(2), for as long as they like. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aDrainWaitsForOneThatIsNotKnownYetHoweverLongThatTakes(int acceptors) throws Exception {
        whileOneIsNotKnown(acceptors, (jetty, only, client) -> {
            only.say(new Message.Drain(PATIENCE));
            await().during(LastAccepts.SETTLED.plus(MANY_LOOKS)).until(() -> isDraining(only));
            jetty.connector(1).release();
            Answer answer = client.ask("/last");
            assertTrue(answer.body().startsWith("gen=1 /last"), answer.body());
            assertTrue(answer.close());
            assertEquals(List.of(), only.next(Message.Drained.class).cut());
        });
    }

    @Test
    void atTheDeadlineOneThatIsNotKnownYetIsNamed() throws Exception {
        whileOneIsNotKnown(1, (jetty, only, client) -> {
            client.send(RawClient.get("/"));
            List<String> cut = only.drain(LastAccepts.SETTLED.plus(MANY_LOOKS));
            String address = "/127.0.0.1:";
            assertEquals(
                    List.of(address + jetty.address().getPort() + " " + address + client.port()
                            + " accepted, and not yet taken up by the server"),
                    cut);
        });
    }

    /** With a listener that has been taken away since. */
    private static void whileOneIsNotKnown(int acceptors, Held held) throws Exception {
        try (JettyPair jetty = new JettyPair(acceptors)) {
            WorkerEnd only = jetty.start();
            only.accept();
            jetty.connector(1).holdUntilReleased();
            try (RawClient client = new RawClient(jetty.address())) {
                jetty.connector(1).awaitAccepted();
                only.park();
                held.then(jetty, only, client);
            } finally {
                jetty.connector(1).release();
            }
        }
    }

    private static void assertAnsweredBeforeTheDrainIsOver(JettyPair jetty, WorkerEnd worker, RawClient client)
            throws Exception {
        awaitHeld(jetty);
        await().during(MANY_LOOKS).until(() -> isDraining(worker));
        jetty.threads(1).release();
        Answer answer = client.ask("/last");
        while (!answer.close()) { // as long as the drain has not begun
            answer = client.ask("/last");
        }
        assertTrue(answer.body().startsWith("gen=1 /last"), answer.body());
        assertTrue(client.isAtEnd());
        client.close();
        assertEquals(List.of(), worker.next(Message.Drained.class).cut());
    }

    private static boolean isDraining(WorkerEnd worker) {
        return worker.heard().stream().noneMatch(Message.Drained.class::isInstance);
    }

    @Test
    void oneThatCannotBeOpenedIsNotWaitedFor() throws Exception {
        whileOneIsHeld((jetty, only, client) -> {
            jetty.threads(1).reject();
            assertTrue(client.isAtEnd());
            assertEquals(List.of(), only.drain(PATIENCE));
        });
    }

    @Test
    void oneThatAStoppedConnectorHasForgottenIsNotWaitedFor() throws Exception {
        whileOneIsHeld((jetty, only, client) -> {
            jetty.server(1).getConnectors()[0].stop();
            assertTrue(client.isAtEnd());
            assertEquals(List.of(), only.drain(PATIENCE));
        });
    }

    @Test
    void atTheDeadlineItIsCutAndNamed() throws Exception {
        whileOneIsHeld((jetty, only, client) -> {
            List<String> cut = only.drain(Duration.ofMillis(300));
            assertEquals(1, cut.size(), cut::toString);
            assertTrue(cut.get(0).startsWith("http "), cut::toString);
            assertTrue(cut.get(0).contains(":" + client.port()), cut::toString);
            assertTrue(client.isAtEnd());
        });
    }

    @Test
    void oneThatHasItsEndPointIsNotThereAnyMoreWhateverItSpeaks() throws Exception {
        SSLContext tls = TestCertificate.context();
        SslContextFactory.Server certificate = new SslContextFactory.Server();
        certificate.setSslContext(tls);
        DetectorConnectionFactory either =
                new DetectorConnectionFactory(new SslConnectionFactory(certificate, "http/1.1"));
        try (Alone server = new Alone(either, new HttpConnectionFactory());
                RawClient plain = new RawClient(server.address())) {
            assertEquals(404, plain.ask("/").status());
            assertTrue(server.accepting.isEmpty());
            try (Socket socket = tls.getSocketFactory().createSocket()) {
                socket.connect(server.address());
                ((SSLSocket) socket).startHandshake();
                assertTrue(server.accepting.isEmpty());
            }
        }
    }

    @Test
    void oneWhoseFactoryFailsIsNotThereAnyMore() throws Exception {
        try (Alone server = new Alone(new Factory(endPoint -> {
                    throw new IllegalStateException("no");
                }));
                RawClient client = new RawClient(server.address())) {
            assertTrue(client.isAtEnd());
            await().atMost(PATIENCE).until(server.accepting::isEmpty);
        }
    }

    /** As of a factory that passes Jetty's listeners over. */
    @Test
    void oneThatTellsNobodyThatItIsOpenIsThereUntilItsEndAtTheMost() throws Exception {
        try (Alone server = new Alone(new Factory(Silent::new));
                RawClient client = new RawClient(server.address())) {
            client.halfClose();
            assertTrue(client.isAtEnd());
            await().atMost(PATIENCE).until(server.accepting::isEmpty);
        }
    }

    /** A server without a supervisor. */
    private static final class Alone implements AutoCloseable {
        private final Server server = new Server();
        private final ServerConnector connector;
        private final Accepting accepting;

        Alone(ConnectionFactory... factories) throws Exception {
            connector = new ServerConnector(server, 1, 1, factories);
            connector.setHost("127.0.0.1");
            accepting = Accepting.at(connector);
            server.addConnector(connector);
            server.start();
        }

        InetSocketAddress address() {
            return new InetSocketAddress("127.0.0.1", connector.getLocalPort());
        }

        @Override
        public void close() throws IOException {
            try {
                server.stop();
            } catch (Exception e) {
                throw new IOException("the server did not stop", e);
            }
        }
    }

    private static final class Factory extends AbstractConnectionFactory {
        private final Function<EndPoint, Connection> maker;

        Factory(Function<EndPoint, Connection> maker) {
            super("test");
            this.maker = maker;
        }

        @Override
        public Connection newConnection(Connector connector, EndPoint endPoint) {
            return maker.apply(endPoint);
        }
    }

    /** Closes when there is anything to read. */
    private static final class Silent extends AbstractConnection {
        Silent(EndPoint endPoint) {
            super(endPoint, Runnable::run);
        }

        @Override
        public void onOpen() {
            super.onOpen();
            fillInterested();
        }

        @Override
        public void onFillable() {
            close();
        }
    }

    /** What is done while the only worker has a connection that Jetty has accepted and not opened. */
    private interface Held {
        void then(JettyPair jetty, WorkerEnd only, RawClient client) throws Exception;
    }

    private static void whileOneIsHeld(Held held) throws Exception {
        try (JettyPair jetty = new JettyPair(1)) {
            WorkerEnd only = jetty.start();
            only.accept();
            jetty.threads(1).hold();
            try (RawClient client = new RawClient(jetty.address())) {
                awaitHeld(jetty);
                held.then(jetty, only, client);
            }
        }
    }

    private static void awaitHeld(JettyPair jetty) {
        await().atMost(PATIENCE).until(() -> jetty.threads(1).held() == 1);
    }
}
