package dev.baton.kit.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Message;
import dev.baton.kit.FakeSupervisor;
import dev.baton.kit.FakeSupervisor.WorkerEnd;
import dev.baton.kit.TestWorkers;
import dev.baton.kit.Worker;
import dev.baton.kit.jetty.JettyWorker;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkerMetricsTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @Test
    void registryOfTheProgramKnowsWhatItsWorkerCounts() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            InetSocketAddress address = supervisor.listen("http", "127.0.0.1:0");
            Worker worker = TestWorkers.attach(supervisor.environment(3));
            new WorkerMetrics(worker).bindTo(registry);
            Server server = new Server();
            ServerConnector connector = new ServerConnector(server);
            connector.setName("http");
            server.addConnector(connector);
            JettyWorker.install(server, worker);
            server.start();
            worker.ready();
            WorkerEnd end = supervisor.worker(3);
            end.accept();
            assertEquals(3, gauge("baton.generation"));

            URI uri = URI.create("http://127.0.0.1:" + address.getPort() + "/nothing");
            HttpRequest request = HttpRequest.newBuilder(uri)
                    .version(HttpClient.Version.HTTP_1_1)
                    .build();
            HttpClient client = HttpClient.newHttpClient();
            for (int i = 0; i < 4; i++) {
                assertEquals(
                        404, client.send(request, BodyHandlers.discarding()).statusCode());
            }
            while (end.next(Message.Served.class).traffic().requests() < 4) {
                Thread.onSpinWait();
            }

            assertEquals(
                    4,
                    registry.get("baton.http.requests")
                            .tag("status", "4xx")
                            .functionCounter()
                            .count());
            assertEquals(
                    0,
                    registry.get("baton.http.requests")
                            .tag("status", "5xx")
                            .functionCounter()
                            .count());
            assertEquals(4, registry.get("baton.http.request").functionTimer().count());
            assertTrue(registry.get("baton.http.request").functionTimer().totalTime(TimeUnit.NANOSECONDS) > 0);
            assertEquals(
                    1,
                    registry.get("baton.connections.accepted").functionCounter().count());
            assertEquals(
                    0,
                    registry.get("baton.connections.handed.over")
                            .functionCounter()
                            .count());
            assertEquals(
                    1,
                    registry.get("baton.connections")
                            .tag("state", "idle")
                            .gauge()
                            .value());
            assertEquals(
                    0,
                    registry.get("baton.connections")
                            .tag("state", "active")
                            .gauge()
                            .value());
            server.stop();
        }
    }

    private double gauge(String name) {
        return registry.get(name).gauge().value();
    }
}
