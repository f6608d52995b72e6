package dev.baton.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.baton.supervisor.control.JsonObject;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Ten thousand clients that keep their connections and say nothing while the server is replaced. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@Tag("alone")
class ManyIdleConnectionsIT {
    private static final int FEW = 1_000;
    private static final int MANY = 10_000;
    /** What a process needs besides its clients' sockets. */
    private static final int OTHER_FILES = 2_000;

    @Test
    void tenThousandIdleConnectionsAreAllHandedOverInTimeThatGrowsNoFasterThanTheirNumber() throws Exception {
        long most =
                ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getMaxFileDescriptorCount();
        assumeTrue(
                most >= MANY + OTHER_FILES,
                () -> "a process may have " + most + " files open, which is too few: raise nofile");
        List<KeptConnection> clients = new ArrayList<>();
        try (RunningBaton baton = RunningBaton.builder().flag("--drain", "60s").start()) {
            open(clients, FEW, baton);
            handOver(baton, clients, 2); // the first time everything is done that is done once
            long few = handOver(baton, clients, 3);
            open(clients, MANY, baton);
            handOver(baton, clients, 4);
            long many = handOver(baton, clients, 5);
            System.out.printf(
                    "%,d idle connections: handed over within %d ms; %,d: %d ms, %d µs each%n",
                    FEW, few, MANY, many, many * 1000 / MANY);
            long linear = few * (MANY / FEW);
            assertTrue(many < 2 * linear + 2_000, "from " + few + " ms to " + many + " ms");
            closeAll(clients);
            assertEquals(0, baton.stop());
        } finally {
            closeAll(clients);
        }
    }

    private static void open(List<KeptConnection> clients, int wanted, RunningBaton baton) throws IOException {
        var address = baton.address("http");
        while (clients.size() < wanted) {
            KeptConnection client = KeptConnection.to(address);
            clients.add(client);
            assertEquals(200, client.ask("/").status());
        }
    }

    /**
     * @return how long the drain took, in milliseconds: until the old worker had nothing left and was gone
     */
    private static long handOver(RunningBaton baton, List<KeptConnection> clients, int generation) throws IOException {
        JsonObject upgrade = baton.upgrade("v" + generation);
        assertEquals("upgraded", upgrade.text("outcome"), upgrade::toString);
        assertEquals(List.of(), upgrade.texts("cut"), upgrade::toString);
        for (KeptConnection client : clients) {
            client.get("/", "");
        }
        for (KeptConnection client : clients) {
            KeptConnection.Answer answer = client.answer();
            assertEquals(200, answer.status());
            assertEquals(generation, answer.generation());
            assertFalse(answer.isLast());
        }
        return upgrade.object("phases").number("draining");
    }

    private static void closeAll(List<KeptConnection> clients) throws IOException {
        for (KeptConnection client : clients) {
            client.close();
        }
    }
}
