package dev.baton.kit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.baton.handover.Message;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FakeSupervisorTest {
    @Test
    void takesAWorkerThroughItsLife() throws Exception {
        try (FakeSupervisor supervisor = FakeSupervisor.open()) {
            InetSocketAddress address = supervisor.listen("line", "127.0.0.1:0");
            try (Worker worker = TestWorkers.attach(supervisor.environment(1))) {
                FakeSupervisor.WorkerEnd end = supervisor.worker(1);
                StoppableListener listener = worker.listener("line");
                worker.ready();
                end.next(Message.Ready.class);
                end.accept();
                try (Socket client = new Socket(address.getAddress(), address.getPort())) {
                    TrackedConnection connection = listener.accept();
                    assertEquals(client.getLocalSocketAddress(), connection.remote());
                    client.shutdownOutput();
                    connection.close();
                }
                end.park();
                assertEquals(List.of(), end.drain(Duration.ofSeconds(20)));
            }
        }
    }
}
