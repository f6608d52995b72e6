package dev.baton.process;

import static java.util.stream.Collectors.toMap;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.load.Counts;
import dev.baton.load.Load;
import dev.baton.load.LoadPlan;
import dev.baton.load.LoadReport;
import dev.baton.load.LoadRun;
import dev.baton.load.Mode;
import dev.baton.subject.AsyncServer;
import dev.baton.subject.JdkHttpServer;
import dev.baton.subject.JettyServer;
import dev.baton.subject.NettyServer;
import dev.baton.subject.ThreadsServer;
import dev.baton.subject.TomcatServer;
import dev.baton.subject.UndertowServer;
import dev.baton.supervisor.control.JsonObject;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Servers that know nothing of Baton, upgraded under load. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class AgentIT {
    private static final int UPGRADES = Integer.getInteger("baton.upgrades", 3);

    private static final Set<Mode> ALL = EnumSet.of(Mode.CHURN, Mode.KEEPALIVE, Mode.POST);
    private static final Set<Mode> EVERY_HTTP = EnumSet.of(Mode.CHURN, Mode.KEEPALIVE, Mode.POST, Mode.IDLE);
    private static final Set<Mode> CHURN = EnumSet.of(Mode.CHURN);

    @Test
    void jdkHttpServer() throws Exception {
        upgradesUnderLoad(Subject.of(JdkHttpServer.class), ALL, ALL);
    }

    @Test
    void threadPerConnection() throws Exception {
        upgradesUnderLoad(Subject.of(ThreadsServer.class), CHURN, CHURN);
    }

    @Test
    void asynchronousChannel() throws Exception {
        upgradesUnderLoad(Subject.of(AsyncServer.class), CHURN, CHURN);
    }

    @Test
    void virtualThreads() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads are of Java 21");
        upgradesUnderLoad(Subject.of(ThreadsServer.class).with("virtual"), CHURN, CHURN);
    }

    @Test
    void tomcat() throws Exception {
        upgradesUnderLoad(Subject.of(TomcatServer.class, "tomcat-"), ALL, ALL);
    }

    @Test
    void undertow() throws Exception {
        upgradesUnderLoad(
                Subject.of(UndertowServer.class, "undertow-", "xnio-", "jboss-", "wildfly-", "smallrye-"), ALL, ALL);
    }

    @Test
    void netty() throws Exception {
        upgradesUnderLoad(Subject.of(NettyServer.class, "netty-"), ALL, ALL);
    }

    @Test
    void nettyWithItsNativeTransport() throws Exception {
        upgradesUnderLoad(Subject.of(NettyServer.class, "netty-").with("epoll"), ALL, ALL);
    }

    @Test
    void jetty121() throws Exception {
        Map<Mode, LoadReport> reports =
                upgradesUnderLoad(Subject.of(JettyServer.class, "jetty-", "slf4j-api"), EVERY_HTTP, EVERY_HTTP);
        nobodyReconnects(reports);
    }

    @Test
    void jetty120() throws Exception {
        Map<Mode, LoadReport> reports =
                upgradesUnderLoad(Subject.apart(JettyServer.class.getName(), "jetty-12.0"), EVERY_HTTP, EVERY_HTTP);
        nobodyReconnects(reports);
    }

    @Test
    void jetty11() throws Exception {
        String source = Places.sources().resolve("Jetty11Server.java").toString();
        upgradesUnderLoad(Subject.apart(source, "jetty-11"), ALL, ALL);
    }

    private static void nobodyReconnects(Map<Mode, LoadReport> reports) {
        for (Mode mode : List.of(Mode.KEEPALIVE, Mode.POST, Mode.IDLE)) {
            Counts counts = reports.get(mode).counts();
            assertEquals(0, counts.reconnects(), () -> mode + ": " + counts);
        }
    }

    /** Refuses nothing in any of these modes, and breaks nothing in those. */
    private static Map<Mode, LoadReport> upgradesUnderLoad(Subject subject, Set<Mode> modes, Set<Mode> unbroken)
            throws Exception {
        int port = Subject.freePort();
        List<String> command = subject.command(port);
        try (RunningBaton baton = RunningBaton.builder()
                .listen("http", "127.0.0.1:" + port)
                .flag("--drain", "5s")
                .command(command)
                .start()) {
            List<LoadRun> runs = new ArrayList<>();
            List<LoadReport> reports = new ArrayList<>();
            try {
                InetSocketAddress address = baton.address("http");
                modes.forEach(mode -> runs.add(Load.start(plan(mode, address))));
                awaitAnswersFrom(runs, 1);
                for (int generation = 2; generation <= UPGRADES + 1; generation++) {
                    JsonObject upgrade = baton.upgrade(command).json();
                    assertEquals("upgraded", upgrade.text("outcome"), upgrade::toString);
                    awaitAnswersFrom(runs, generation);
                }
                runs.forEach(run -> reports.add(run.stop()));
            } finally {
                runs.forEach(LoadRun::close);
            }
            reports.forEach(report -> System.out.print(subject.main() + " " + report));
            assertAll(reports.stream().map(report -> () -> holds(report, unbroken)));
            assertEquals(0, baton.stop());
            baton.noProcessLeft();
            return reports.stream().collect(toMap(report -> report.plan().mode(), report -> report));
        }
    }

    private static LoadPlan plan(Mode mode, InetSocketAddress address) {
        return LoadPlan.of(mode, address).withConnections(4).withAtMost(mode == Mode.CHURN ? 150 : 200);
    }

    private static void awaitAnswersFrom(List<LoadRun> runs, int generation) {
        await().atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> runs.stream()
                        .allMatch(run -> run.snapshot().generations().containsKey(generation)));
    }

    private static void holds(LoadReport report, Set<Mode> unbroken) {
        Counts counts = report.counts();
        Mode mode = report.plan().mode();
        assertTrue(counts.ok() > 0, () -> mode + " was not answered: " + counts);
        assertEquals(0, counts.refused(), () -> mode + ": " + counts + " " + report.failures());
        if (unbroken.contains(mode)) {
            assertTrue(counts.clean(), () -> mode + ": " + counts + " " + report.failures());
        }
    }
}
