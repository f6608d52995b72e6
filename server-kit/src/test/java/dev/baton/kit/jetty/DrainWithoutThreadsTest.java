package dev.baton.kit.jetty;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Fd;
import dev.baton.handover.HandoverChannel;
import dev.baton.handover.Libc;
import dev.baton.kit.Drain;
import dev.baton.kit.FakeSupervisor;
import dev.baton.kit.Handover;
import dev.baton.kit.NoThreads;
import dev.baton.kit.TestWorkers;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class DrainWithoutThreadsTest {
    private static final Duration PATIENCE = FakeSupervisor.PATIENCE;

    @Test
    void movesNobodyAndTellsItsClientsToGo() throws Exception {
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server, 1, 1);
        JettyConnections connections = new JettyConnections(server);
        Adoptions adoptions = new Adoptions(connector);
        connector.setHost("127.0.0.1");
        connections.add("http", connector, adoptions::isArriving);
        new SupervisedConnectionFactory("http", connections, adoptions).putBefore(connector);
        server.addConnector(connector);
        server.setHandler(new PoliteHandler(null, connections));
        server.start();
        Fd[] pair = Libc.socketPair();
        try (Fd nextWorkers = pair[1];
                Handover handover = TestWorkers.handover(new HandoverChannel(pair[0]))) {
            try (RawClient client = new RawClient(new InetSocketAddress("127.0.0.1", connector.getLocalPort()))) {
                assertFalse(client.ask("/").close());
                NoThreads limit = new NoThreads();
                limit.reach();
                limit.around(() -> {
                    connections.drain(new Drain(System.nanoTime() + PATIENCE.toNanos(), Optional.of(handover)));
                    return null;
                });
                assertFalse(connections.awaitDrained(Duration.ZERO));
                assertTrue(client.ask("/").close());
                assertTrue(client.isAtEnd());
            }
            assertTrue(connections.awaitDrained(PATIENCE));
            assertFalse(Libc.await(nextWorkers, Libc.Readiness.READ, Duration.ZERO), "nobody was offered");
        } finally {
            server.stop();
        }
    }
}
