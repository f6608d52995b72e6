package dev.baton.kit.jetty;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.Traffic;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.junit.jupiter.api.Test;

class RecorderTest {
    private final Recorder recorder = new Recorder();

    @Test
    void countsEachRequestByItsStatusAndByItsLatency() {
        recorder.record(200, TimeUnit.MICROSECONDS.toNanos(500));
        recorder.record(204, TimeUnit.MICROSECONDS.toNanos(501));
        recorder.record(404, TimeUnit.MICROSECONDS.toNanos(400));
        recorder.record(0, TimeUnit.SECONDS.toNanos(11));

        Traffic traffic = recorder.traffic(7);

        assertEquals(7, traffic.accepted());
        assertEquals(List.of(1L, 0L, 2L, 0L, 1L, 0L), traffic.statuses(), "none, 1xx to 5xx");
        assertEquals(List.of(2L, 1L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 1L), traffic.latencies());
        assertEquals(11_001_401, traffic.micros());
    }

    @Test
    void theServersOwnLogIsToldAndStartedAndStoppedAsBefore() throws Exception {
        OwnLog own = new OwnLog();
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        server.setRequestLog(own);
        server.setHandler(new StatusFromPath());
        recorder.install(server, request -> request.getHttpURI().getPath().equals("/299"));
        server.start();
        assertTrue(own.isStarted());
        try (RawClient client = new RawClient(new InetSocketAddress("127.0.0.1", connector.getLocalPort()))) {
            assertEquals(299, client.ask("/299").status(), "as a rehearsal's");
            assertEquals(200, client.ask("/200").status());
            assertEquals(404, client.ask("/404").status());
            // A connection that is closed between its last response and that one's completion is logged twice by Jetty.
            await().until(() -> own.told.size() == 2);
        } finally {
            server.stop();
        }
        assertTrue(own.isStopped());
        assertEquals(List.of(200, 404), own.told);
        assertEquals(2, recorder.traffic(0).requests());
    }

    private static final class StatusFromPath extends Handler.Abstract {
        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            response.setStatus(Integer.parseInt(request.getHttpURI().getPath().substring(1)));
            callback.succeeded();
            return true;
        }
    }

    private static final class OwnLog extends AbstractLifeCycle implements RequestLog {
        private final List<Integer> told = new CopyOnWriteArrayList<>();

        @Override
        public void log(Request request, Response response) {
            told.add(response.getStatus());
        }
    }
}
