package dev.baton.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.load.LoadReport;
import dev.baton.load.Mode;
import dev.baton.subject.JdkHttpServer;
import dev.baton.subject.JettyServer;
import dev.baton.subject.NettyServer;
import dev.baton.subject.TomcatServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Servers that other agents change, too: the ones by which they are observed. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class OtherAgentsIT {
    private static final List<String> OPENTELEMETRY = List.of(
            agent("opentelemetry"),
            "-Dotel.traces.exporter=none",
            "-Dotel.metrics.exporter=none",
            "-Dotel.logs.exporter=none");
    private static final List<String> ELASTIC =
            List.of(agent("elastic"), "-Delastic.apm.disable_send=true", "-Delastic.apm.cloud_provider=NONE");

    private static String agent(String name) {
        return "-javaagent:" + Places.subjects().resolve("agents/" + name + ".jar");
    }

    /** Both change how it reads and answers. */
    @Test
    void openTelemetryInJettyWhoseConnectionsMove() throws Exception {
        Subject jetty = Subject.of(JettyServer.class, "jetty-", "slf4j-api");
        Map<Mode, LoadReport> reports = Unmodified.upgradesUnderLoad(
                "Jetty 12.1, embedded, with OpenTelemetry 2.33",
                jetty.under(OPENTELEMETRY),
                Unmodified.EVERY_HTTP,
                Unmodified.EVERY_HTTP);
        Unmodified.nobodyReconnects(reports);
    }

    @Test
    void openTelemetryInTomcat() throws Exception {
        Subject tomcat = Subject.of(TomcatServer.class, "tomcat-");
        Unmodified.upgradesUnderLoad(
                "Tomcat 10.1, embedded, with OpenTelemetry 2.33",
                tomcat.under(OPENTELEMETRY),
                Unmodified.ALL,
                Unmodified.ALL);
    }

    @Test
    void elasticInNetty() throws Exception {
        Subject netty = Subject.of(NettyServer.class, "netty-");
        Unmodified.upgradesUnderLoad(
                "Netty 4.1, NIO, with Elastic APM 1.55", netty.under(ELASTIC), Unmodified.ALL, Unmodified.ALL);
    }

    /** What an agent listens at is a listener as any other, and must be named: two versions want the same port. */
    @Test
    void jmxExporterAtAListenerOfItsOwn(@TempDir Path directory) throws Exception {
        Path rules =
                Files.writeString(directory.resolve("rules.yml"), "rules: [{pattern: 'java.lang<type=Runtime>.*'}]\n");
        int http = Subject.freePort();
        int metrics = Subject.freePort();
        List<String> command = Subject.of(JdkHttpServer.class)
                .under(List.of(agent("jmx") + "=127.0.0.1:" + metrics + ":" + rules))
                .command(http);
        try (RunningBaton baton = RunningBaton.builder()
                .listen("http", "127.0.0.1:" + http)
                .listen("metrics", "127.0.0.1:" + metrics)
                .command(command)
                .start()) {
            for (int generation = 2; generation <= 3; generation++) {
                assertEquals("upgraded", baton.upgrade(command).json().text("outcome"));
                String scraped =
                        RawClient.get(baton.address("metrics"), "/metrics").text();
                assertTrue(scraped.contains("java_lang_Runtime_Uptime"), scraped);
            }
        }
    }
}
