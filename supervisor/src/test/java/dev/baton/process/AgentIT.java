package dev.baton.process;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.load.LoadReport;
import dev.baton.load.Mode;
import dev.baton.subject.AsyncServer;
import dev.baton.subject.JdkHttpServer;
import dev.baton.subject.JettyServer;
import dev.baton.subject.NettyServer;
import dev.baton.subject.ThreadsServer;
import dev.baton.subject.TomcatServer;
import dev.baton.subject.UndertowServer;
import java.util.EnumSet;
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
    private static final Set<Mode> ALL = Unmodified.ALL;
    private static final Set<Mode> EVERY_HTTP = Unmodified.EVERY_HTTP;
    private static final Set<Mode> CHURN = EnumSet.of(Mode.CHURN);

    @Test
    void jdkHttpServer() throws Exception {
        Unmodified.upgradesUnderLoad(Subject.of(JdkHttpServer.class), ALL, ALL);
    }

    @Test
    void threadPerConnection() throws Exception {
        Unmodified.upgradesUnderLoad(Subject.of(ThreadsServer.class), CHURN, CHURN);
    }

    @Test
    void asynchronousChannel() throws Exception {
        Unmodified.upgradesUnderLoad(Subject.of(AsyncServer.class), CHURN, CHURN);
    }

    @Test
    void virtualThreads() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads are of Java 21");
        Unmodified.upgradesUnderLoad(Subject.of(ThreadsServer.class).with("virtual"), CHURN, CHURN);
    }

    @Test
    void tomcat() throws Exception {
        Unmodified.upgradesUnderLoad(Subject.of(TomcatServer.class, "tomcat-"), ALL, ALL);
    }

    @Test
    void undertow() throws Exception {
        Unmodified.upgradesUnderLoad(
                Subject.of(UndertowServer.class, "undertow-", "xnio-", "jboss-", "wildfly-", "smallrye-"), ALL, ALL);
    }

    @Test
    void netty() throws Exception {
        Unmodified.upgradesUnderLoad(Subject.of(NettyServer.class, "netty-"), ALL, ALL);
    }

    @Test
    void nettyWithItsNativeTransport() throws Exception {
        Unmodified.upgradesUnderLoad(Subject.of(NettyServer.class, "netty-").with("epoll"), ALL, ALL);
    }

    @Test
    void jetty121() throws Exception {
        Map<Mode, LoadReport> reports = Unmodified.upgradesUnderLoad(
                Subject.of(JettyServer.class, "jetty-", "slf4j-api"), EVERY_HTTP, EVERY_HTTP);
        Unmodified.nobodyReconnects(reports);
    }

    @Test
    void jetty120() throws Exception {
        Map<Mode, LoadReport> reports = Unmodified.upgradesUnderLoad(
                Subject.apart(JettyServer.class.getName(), "jetty-12.0"), EVERY_HTTP, EVERY_HTTP);
        Unmodified.nobodyReconnects(reports);
    }

    @Test
    void jetty11() throws Exception {
        String source = Places.sources().resolve("Jetty11Server.java").toString();
        Unmodified.upgradesUnderLoad(Subject.apart(source, "jetty-11"), ALL, ALL);
    }
}
