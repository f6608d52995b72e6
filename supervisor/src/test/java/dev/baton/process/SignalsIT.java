package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.load.Counts;
import dev.baton.load.Load;
import dev.baton.load.LoadPlan;
import dev.baton.load.LoadReport;
import dev.baton.load.LoadRun;
import dev.baton.load.Mode;
import dev.baton.supervisor.control.JsonObject;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(OutputOnFailure.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class SignalsIT {
    private static final Duration POLL = Duration.ofMillis(20);

    @Test
    void hupUpgradesToTheSameCommandStartedAnew() throws Exception {
        try (RunningBaton baton = RunningBaton.builder().start()) {
            baton.signal("HUP");
            await().atMost(RunningBaton.PATIENCE)
                    .pollInterval(POLL)
                    .until(() -> List.copyOf(baton.workers().keySet()).equals(List.of(2)));
            assertTrue(RawClient.get(baton.address("http"), "/").text().startsWith("v1 gen=2 "));
            await().atMost(RunningBaton.PATIENCE)
                    .pollInterval(POLL)
                    .until(() -> baton.status().has("lastUpgrade"));
            assertEquals("upgraded", baton.status().object("lastUpgrade").text("outcome"));
        }
    }

    /** As nohup(1) has it, and a script's shell of what it starts in the background. */
    @Test
    void signalsThatWhoeverStartedItHadIgnoredAreObeyedAllTheSame() throws Exception {
        try (RunningBaton baton = RunningBaton.builder()
                .before("sh", "-c", "trap '' HUP INT TERM; exec \"$@\"", "sh")
                .start()) {
            baton.signal("HUP");
            await().atMost(RunningBaton.PATIENCE)
                    .pollInterval(POLL)
                    .until(() -> List.copyOf(baton.workers().keySet()).equals(List.of(2)));
            baton.signal("INT");
            assertEquals(0, baton.awaitEnd());
            baton.noProcessLeft();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void termAndIntFinishWhatIsInFlightAndLeaveNothingBehind(String signal) throws Exception {
        try (RunningBaton baton = RunningBaton.builder().start()) {
            // Clients that stay silent are waited for up to the deadline; these two end by themselves.
            try (RawClient slow = RawClient.connect(baton.address("http"));
                    RawClient idle = RawClient.connect(baton.address("line"))) {
                idle.send("one\n");
                assertEquals("v1 gen=1: one", idle.line());
                slow.send("GET /stream?lines=20&ms=100 HTTP/1.1\r\nHost: it\r\n\r\n");
                await().atMost(RunningBaton.PATIENCE).pollInterval(POLL).until(slow::hasNews);
                InetSocketAddress http = baton.address("http");
                baton.signal(signal);
                baton.awaitLine(".*listener=http .*closed");
                assertEquals(20, slow.answer().text().lines().count());
                assertTrue(baton.isAlive(), "it waits for the client of the line service");
                assertThrows(ConnectException.class, () -> RawClient.connect(http), "nobody will come to serve it");
                assertEquals("stopping", baton.status().text("phase"));
            }
            assertEquals(0, baton.awaitEnd());
            baton.noProcessLeft();
        }
    }

    /** Each request is either answered whole, or its client could not connect: none that was let in is lost. */
    @Test
    void stopUnderLoadRefusesAndBreaksNothing() throws Exception {
        try (RunningBaton baton = RunningBaton.builder().start();
                LoadRun churn = Load.start(LoadPlan.of(Mode.CHURN, baton.address("http"))
                        .withConnections(16)
                        .withAtMost(2000))) {
            await().atMost(RunningBaton.PATIENCE)
                    .pollInterval(POLL)
                    .until(() -> churn.snapshot().counts().ok() > 1000);
            assertEquals(0, baton.stop());
            await().atMost(RunningBaton.PATIENCE)
                    .pollInterval(POLL)
                    .until(() -> churn.snapshot().counts().refused() > 0);
            Counts counts = churn.stop().counts();
            assertEquals(counts.refused(), counts.broken(), counts::toString);
            baton.noProcessLeft();
        }
    }

    @Test
    void clientsThatStaySilentAreLetGoAtTheDeadlineOfAStop() throws Exception {
        try (RunningBaton baton = RunningBaton.builder().flag("--drain", "1s").start();
                RawClient web = RawClient.connect(baton.address("http"));
                RawClient line = RawClient.connect(baton.address("line"))) {
            web.send("GET / HTTP/1.1\r\nHost: it\r\n\r\n");
            web.answer();
            line.send("one\n");
            line.line();
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }

    @Test
    void stopDuringAnUpgradeLeavesNothingBehindEither() throws Exception {
        try (RunningBaton baton = RunningBaton.builder().start()) {
            assertEquals(
                    202,
                    baton.beginUpgrade(List.of("sh", "-c", "sleep 600 & exec sleep 600"))
                            .status());
            baton.signal("TERM");
            assertEquals(0, baton.awaitEnd());
            baton.noProcessLeft();
        }
    }

    @Test
    void killedWorkerIsRestartedAndConnectionsWaitMeanwhile() throws Exception {
        try (RunningBaton baton = RunningBaton.builder().start()) {
            InetSocketAddress http = baton.address("http");
            try (LoadRun churn =
                    Load.start(LoadPlan.of(Mode.CHURN, http).withConnections(8).withAtMost(100))) {
                for (int generation = 1; generation <= 3; generation++) {
                    int expected = generation;
                    await().atMost(RunningBaton.PATIENCE)
                            .pollInterval(POLL)
                            .until(() -> churn.snapshot().generations().containsKey(expected));
                    Processes.signal("KILL", baton.workers().get(generation));
                    baton.awaitLine(".*exited generation=" + generation + " .*SIGKILL.*");
                    // There is nobody to answer now, and yet it is: by the next one.
                    assertTrue(RawClient.get(http, "/").text().startsWith("v1 gen=" + (generation + 1) + " "));
                }
                LoadReport report = churn.stop();
                Counts counts = report.counts();
                assertEquals(
                        0, counts.refused() + counts.timedOut() + counts.not2xx() + counts.wrong(), report::toString);
                assertTrue(
                        counts.broken() <= 3 * 8, () -> "only what the killed ones had in hands may break: " + report);
            }
            baton.awaitLine(".*back-off=\\d+ms failures=1.*");
            JsonObject restarts = baton.status().object("supervisor").object("restarts");
            assertEquals(3, restarts.number("total"), restarts::toString);
            assertTrue(restarts.text("reason").contains("SIGKILL"), restarts::toString);
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
        }
    }
}
