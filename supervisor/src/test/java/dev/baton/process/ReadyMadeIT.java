package dev.baton.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.baton.load.LoadReport;
import dev.baton.load.Mode;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Applications as their users build and start them, upgraded under load: docs/uses. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class ReadyMadeIT {
    @Test
    void springBootWithTomcat() throws Exception {
        Unmodified.upgradesUnderLoad(
                "Spring Boot, Tomcat", port -> springBoot("tomcat", port), Unmodified.ALL, Unmodified.ALL);
    }

    @Test
    void springBootWithJetty() throws Exception {
        Map<Mode, LoadReport> reports = Unmodified.upgradesUnderLoad(
                "Spring Boot, Jetty", port -> springBoot("jetty", port), Unmodified.EVERY_HTTP, Unmodified.EVERY_HTTP);
        Unmodified.nobodyReconnects(reports);
    }

    private static List<String> springBoot(String server, int port) {
        return List.of(
                Places.java().toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-jar",
                Places.projects()
                        .resolve("spring-boot-" + server + "/target/shop.jar")
                        .toString(),
                "--server.address=127.0.0.1",
                "--server.port=" + port);
    }

    @Test
    void webApplicationInJettyHome(@TempDir Path base) throws Exception {
        String start = jettyHome().resolve("start.jar").toString();
        Command.Ended made = Command.run(
                base,
                List.of(
                        Places.java().toString(),
                        "-jar",
                        start,
                        "jetty.base=" + base,
                        "--add-modules=http,ee11-deploy,ee11-annotations"));
        assertEquals(0, made.exitCode(), made::output);
        Files.copy(
                Places.projects().resolve("war/target/ROOT.war"),
                Files.createDirectories(base.resolve("webapps")).resolve("ROOT.war"));
        Map<Mode, LoadReport> reports = Unmodified.upgradesUnderLoad(
                "jetty-home",
                port -> List.of(
                        Places.java().toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-jar",
                        start,
                        "jetty.base=" + base,
                        "jetty.http.host=127.0.0.1",
                        "jetty.http.port=" + port),
                Unmodified.EVERY_HTTP,
                Unmodified.EVERY_HTTP);
        Unmodified.nobodyReconnects(reports);
    }

    private static Path jettyHome() throws IOException {
        try (DirectoryStream<Path> homes = Files.newDirectoryStream(Places.subjects(), "jetty-home-*")) {
            return homes.iterator().next();
        }
    }
}
