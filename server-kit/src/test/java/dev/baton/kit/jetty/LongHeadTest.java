package dev.baton.kit.jetty;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Message;
import dev.baton.kit.FakeSupervisor.WorkerEnd;
import dev.baton.kit.jetty.RawClient.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.eclipse.jetty.io.Connection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Heads of requests that are longer than the buffers which they are read into, and half of which has come. */
@Timeout(120)
class LongHeadTest {
    private static final int BUFFER = 8 * 1024;
    private static final String FIELDS = "Host: x\r\n"
            + IntStream.range(0, 40)
                    .mapToObj(i -> "X-Long-" + i + ": " + (i + "-").repeat(95) + "\r\n")
                    .collect(Collectors.joining())
            + "\r\n";
    private static final String REQUEST = "GET /fields HTTP/1.1\r\n" + FIELDS;

    @Test
    void oneThatIsCutAnywhereIsReceivedWhole() throws Exception {
        try (JettyPair jetty = new JettyPair(1).withBuffersOf(BUFFER)) {
            WorkerEnd old = jetty.start();
            old.accept();
            List<Integer> cuts = List.of(1, BUFFER - 1, BUFFER, BUFFER + 1, 10_500, REQUEST.length() - 1);
            List<RawClient> clients = clientsThatHaveSent(cuts, jetty);
            jetty.upgrade(old);
            for (int i = 0; i < cuts.size(); i++) {
                clients.get(i).send(REQUEST.substring(cuts.get(i)));
                Answer answer = clients.get(i).answer();
                assertEquals(FIELDS, answer.body(), "cut at " + cuts.get(i));
                assertFalse(answer.close(), "it moves, if not before");
            }
            assertEquals(List.of(), old.next(Message.Drained.class).cut());
            for (RawClient client : clients) {
                assertTrue(client.ask("/next").body().startsWith("gen=2 /next"));
                client.close();
            }
        }
    }

    @Test
    void oneThatDoesNotFitIntoTheNextWorkersBuffersStays() throws Exception {
        try (JettyPair jetty = new JettyPair(1).withBuffersOf(BUFFER)) {
            WorkerEnd old = jetty.start();
            old.accept();
            RawClient client = clientsThatHaveSent(List.of(6_000), jetty).get(0);
            long before = jetty.statistics(1).getConnectionsTotal();
            jetty.withBuffersOf(4_096).upgrade(old);
            await("it comes back").until(() -> jetty.statistics(1).getConnectionsTotal() > before);
            Answer answer = client.send(REQUEST.substring(6_000)).answer();
            assertEquals(FIELDS, answer.body());
            assertTrue(answer.close());
            client.close();
            assertEquals(List.of(), old.next(Message.Drained.class).cut());
        }
    }

    private static List<RawClient> clientsThatHaveSent(List<Integer> cuts, JettyPair jetty) throws Exception {
        List<RawClient> clients = new ArrayList<>();
        for (int cut : cuts) {
            RawClient client = new RawClient(jetty.address());
            client.ask("/warm");
            clients.add(client.send(REQUEST.substring(0, cut)));
            int sent = RawClient.get("/warm").length() + cut;
            Connection connection = jetty.endPoint(1, client.port()).getConnection();
            await("all of it is read").until(() -> connection.getBytesIn() == sent);
        }
        return clients;
    }
}
