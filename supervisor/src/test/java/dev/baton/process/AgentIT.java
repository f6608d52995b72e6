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
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class AgentIT {
    private static final Set<Mode> ALL = Unmodified.ALL;
    private static final Set<Mode> EVERY_HTTP = Unmodified.EVERY_HTTP;
    private static final Set<Mode> CHURN = EnumSet.of(Mode.CHURN);

    @Test
    void jdkHttpServer() throws Exception {
        Unmodified.upgradesUnderLoad("com.sun.net.httpserver", Subject.of(JdkHttpServer.class), ALL, ALL);
    }

    @Test
    void threadPerConnection() throws Exception {
        cutsThoseThatNeverPause("ServerSocket, a thread each", Subject.of(ThreadsServer.class));
    }

    @Test
    void asynchronousChannel() throws Exception {
        cutsThoseThatNeverPause("AsynchronousServerSocketChannel", Subject.of(AsyncServer.class));
    }

    @Test
    void virtualThreads() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads are of Java 21");
        cutsThoseThatNeverPause(
                "ServerSocket, a virtual thread each",
                Subject.of(ThreadsServer.class).with("virtual"));
    }

    /** Nothing in them can tell a client to go; so the drain's deadline does. Those who connect anew lose nothing. */
    private static void cutsThoseThatNeverPause(String name, Subject subject) throws Exception {
        Unmodified.upgradesUnderLoad(name, subject::command, Map.of("--drain", "2s"), ALL, CHURN);
    }

    @Test
    void tomcat() throws Exception {
        Unmodified.upgradesUnderLoad("Tomcat 10.1, embedded", Subject.of(TomcatServer.class, "tomcat-"), ALL, ALL);
    }

    @Test
    void undertow() throws Exception {
        Unmodified.upgradesUnderLoad(
                "Undertow 2.3",
                Subject.of(UndertowServer.class, "undertow-", "xnio-", "jboss-", "wildfly-", "smallrye-"),
                ALL,
                ALL);
    }

    @Test
    void vertx() throws Exception {
        Unmodified.upgradesUnderLoad("Vert.x 4.5", Subject.vertx(), ALL, ALL);
    }

    @Test
    void netty() throws Exception {
        Unmodified.upgradesUnderLoad("Netty 4.1, NIO", Subject.of(NettyServer.class, "netty-"), ALL, ALL);
    }

    @Test
    void nettyWithItsNativeTransport() throws Exception {
        Unmodified.upgradesUnderLoad(
                "Netty 4.1, epoll wanted",
                Subject.of(NettyServer.class, "netty-").with("epoll"),
                ALL,
                ALL);
    }

    @Test
    void jetty121() throws Exception {
        Map<Mode, LoadReport> reports = Unmodified.upgradesUnderLoad(
                "Jetty 12.1, embedded", Subject.of(JettyServer.class, "jetty-", "slf4j-api"), EVERY_HTTP, EVERY_HTTP);
        Unmodified.nobodyReconnects(reports);
    }

    @Test
    void jetty120() throws Exception {
        Map<Mode, LoadReport> reports = Unmodified.upgradesUnderLoad(
                "Jetty 12.0, embedded",
                Subject.apart(JettyServer.class.getName(), "jetty-12.0"),
                EVERY_HTTP,
                EVERY_HTTP);
        Unmodified.nobodyReconnects(reports);
    }

    @Test
    void jetty11() throws Exception {
        String source = Places.sources().resolve("Jetty11Server.java").toString();
        Unmodified.upgradesUnderLoad("Jetty 11, embedded", Subject.apart(source, "jetty-11"), ALL, ALL);
    }
}
