package dev.baton.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.baton.load.LoadReport;
import dev.baton.load.Mode;
import dev.baton.supervisor.Installed;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Applications as their users build and start them, upgraded under load: docs/uses. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class ReadyMadeIT {
    @Test
    void springBootWithTomcat() throws Exception {
        Unmodified.upgradesUnderLoad(
                "Tomcat 11, Spring Boot 4.1",
                port -> springBoot("tomcat", port),
                Map.of(),
                Unmodified.ALL,
                Unmodified.ALL);
    }

    @Test
    void springBootWithJetty() throws Exception {
        Map<Mode, LoadReport> reports = Unmodified.upgradesUnderLoad(
                "Jetty 12.1, Spring Boot 4.1",
                port -> springBoot("jetty", port),
                Map.of(),
                Unmodified.EVERY_HTTP,
                Unmodified.EVERY_HTTP);
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
        upgradesOf(base, "auto", "http,ee11-deploy,ee11-annotations");
    }

    /** The other way in: the kit as a module of Jetty's, and no agent. */
    @Test
    void webApplicationInJettyHomeWithItsModule(@TempDir Path base) throws Exception {
        unzip(Places.jettyModule(), base);
        upgradesOf(base, "kit", "http,ee11-deploy,ee11-annotations,baton");
    }

    private static void upgradesOf(Path base, String wrap, String modules) throws Exception {
        List<String> jetty = List.of(
                Places.java().toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-jar",
                jettyHome().resolve("start.jar").toString(),
                "jetty.base=" + base);
        Command.Ended made = Command.run(base, with(jetty, "--add-modules=" + modules));
        assertEquals(0, made.exitCode(), made::output);
        Files.copy(
                Places.projects().resolve("war/target/ROOT.war"),
                Files.createDirectories(base.resolve("webapps")).resolve("ROOT.war"));
        Map<Mode, LoadReport> reports = Unmodified.upgradesUnderLoad(
                "Jetty 12.1, jetty-home, a WAR, wrap = " + wrap,
                port -> with(jetty, "jetty.http.host=127.0.0.1", "jetty.http.port=" + port),
                Map.of("--wrap", wrap),
                Unmodified.EVERY_HTTP,
                Unmodified.EVERY_HTTP);
        Unmodified.nobodyReconnects(reports);
    }

    /** It serves each connection on a virtual thread, and leaves it open for its client to close, who may wait for that. */
    @Test
    void helidon() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "Helidon 4 is of Java 21");
        Set<Mode> kept = EnumSet.of(Mode.KEEPALIVE, Mode.POST);
        Unmodified.upgradesUnderLoad("Helidon 4.5", project("helidon", "Shop.java"), kept, kept);
    }

    /** Each is asked to go over in time, without a break, though it never pauses; this Netty has been moved to another package. */
    @Test
    void grpc() throws Exception {
        Subject subject = project("grpc", "GrpcEcho.java");
        int port = Subject.freePort();
        Unmodified.goesOver(
                ":" + port, subject.command("server", Integer.toString(port)), () -> Program.grpc(subject, port));
    }

    private static Subject project(String name, String source) {
        return Subject.apart(
                Places.projects().resolve(name).resolve(source).toString(),
                Places.projects().resolve(name + "/target/lib").toString());
    }

    @Test
    void node() throws Exception {
        Installed.assume("node");
        List<String> node = List.of("node", source("server.js"));
        Unmodified.upgradesUnderLoad(
                "Node", port -> node, Map.of("--ready-after", "500ms"), Unmodified.ALL, Unmodified.ALL);
    }

    @Test
    void python() throws Exception {
        Installed.assume("python3");
        List<String> python = List.of("/usr/bin/python3", source("server.py"));
        Unmodified.upgradesUnderLoad("Python", port -> python, Map.of(), Unmodified.ALL, Unmodified.ALL);
    }

    @Test
    void go(@TempDir Path directory) throws Exception {
        Installed.assume("go");
        Path server = directory.resolve("server");
        Command.Ended built = Command.run(
                directory,
                List.of(
                        "env",
                        "GOCACHE=" + directory.resolve("cache"),
                        "go",
                        "build",
                        "-o",
                        server.toString(),
                        source("server.go")));
        assertEquals(0, built.exitCode(), built::output);
        List<String> go = List.of(server.toString());
        Unmodified.upgradesUnderLoad("Go", port -> go, Map.of(), Unmodified.ALL, Unmodified.ALL);
    }

    private static String source(String file) {
        return Places.sources().resolve(file).toString();
    }

    private static List<String> with(List<String> command, String... more) {
        return Stream.concat(command.stream(), Stream.of(more)).toList();
    }

    private static void unzip(Path zip, Path to) throws IOException {
        try (ZipInputStream in = new ZipInputStream(Files.newInputStream(zip))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                if (!entry.isDirectory()) {
                    Path file = to.resolve(entry.getName());
                    Files.createDirectories(file.getParent());
                    Files.copy(in, file);
                }
            }
        }
    }

    private static Path jettyHome() throws IOException {
        try (DirectoryStream<Path> homes = Files.newDirectoryStream(Places.subjects(), "jetty-home-*")) {
            return homes.iterator().next();
        }
    }
}
