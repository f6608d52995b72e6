package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.subject.BindsTwice;
import dev.baton.subject.JdkHttpServer;
import dev.baton.subject.JettyServer;
import dev.baton.subject.ListensElsewhere;
import dev.baton.subject.ModularServer;
import dev.baton.subject.NoListener;
import dev.baton.subject.OwnLibraries;
import dev.baton.subject.OwnLogManager;
import dev.baton.subject.PausingServer;
import dev.baton.subject.TomcatServer;
import dev.baton.subject.TrafficClass;
import dev.baton.subject.TwoAddresses;
import dev.baton.subject.UnixServer;
import dev.baton.supervisor.control.JsonObject;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What else is in a wrapped program, and programs that cannot be wrapped. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class AgentSurroundingsIT {
    @Test
    void programSeesItsOwnLibrariesAndNothingOfTheAgents() throws Exception {
        Subject subject = Subject.apart(OwnLibraries.class.getName(), "libraries");
        int port = Subject.freePort();
        seesItsOwnLibraries(port, subject.command(port));
    }

    /** A module that opens and exports nothing, beside its libraries on the module path. */
    @Test
    void soDoesOneOfModules(@TempDir Path directory) throws Exception {
        Path declaration = Files.writeString(
                directory.resolve("module-info.java"), "module subject { requires jdk.httpserver; }\n");
        Path program = Places.sources().resolveSibling("../java/dev/baton/subject/OwnLibraries.java");
        Path classes = directory.resolve("classes");
        int compiled = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-d", classes.toString(), declaration.toString(), program.toString());
        assertEquals(0, compiled);
        int port = Subject.freePort();
        seesItsOwnLibraries(
                port,
                List.of(
                        Places.java().toString(),
                        "-p",
                        classes + ":" + Places.subjects().resolve("libraries"),
                        "--add-modules",
                        "ALL-MODULE-PATH",
                        "-m",
                        "subject/" + OwnLibraries.class.getName(),
                        "127.0.0.1",
                        Integer.toString(port)));
    }

    private static void seesItsOwnLibraries(int port, List<String> command) throws Exception {
        try (RunningBaton baton = start(port, command)) {
            String libraries = """
                    org.objectweb.asm.ClassWriter asm-9.2.jar
                    org.slf4j.LoggerFactory slf4j-api-1.7.36.jar
                    net.bytebuddy.ByteBuddy byte-buddy-1.12.19.jar
                    com.kenai.jffi.Library jffi-1.3.10.jar
                    dev.baton.agent.Agent none
                    dev.baton.handover.Libc none
                    dev.baton.kit.Worker none
                    native calls work
                    the JDK's Unsafe hidden
                    """;
            assertEquals(libraries, get(baton));
            assertEquals("upgraded", baton.upgrade(command).json().text("outcome"));
            assertEquals(libraries, get(baton));
            assertTrue(
                    baton.output().stream().noneMatch(line -> line.contains("baton-agent:")),
                    "the agent has nothing to say");
        }
    }

    @Test
    void programNamesItsLogManagerThoughTheAgentCameFirst() throws Exception {
        int port = Subject.freePort();
        try (RunningBaton baton = start(port, Subject.of(OwnLogManager.class).command(port))) {
            assertEquals("Manager\n", saysBy("http", baton));
        }
    }

    @Test
    void scriptThatEndsInExecIsWrappedWhenTold(@TempDir Path directory) throws Exception {
        int port = Subject.freePort();
        Path script = Files.writeString(directory.resolve("run.sh"), "#!/bin/sh\nexec \"$@\"\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        List<String> command = new ArrayList<>(List.of(script.toString()));
        command.addAll(Subject.of(JdkHttpServer.class).command(port));
        try (RunningBaton baton = RunningBaton.builder()
                .listen("http", "127.0.0.1:" + port)
                .flag("--wrap", "agent")
                .command(command)
                .start()) {
            assertEquals("subject gen=1\n", get(baton));
            assertEquals("upgraded", baton.upgrade(command).json().text("outcome"));
            assertEquals("subject gen=2\n", get(baton));
        }
    }

    @Test
    void nextSupervisorTakesWrappedProgramsBack() throws Exception {
        int port = Subject.freePort();
        List<String> command = Subject.of(JdkHttpServer.class).command(port);
        RunningBaton.Builder builder =
                RunningBaton.builder().listen("http", "127.0.0.1:" + port).command(command);
        try (RunningBaton baton = builder.start()) {
            Map<Integer, Long> workers = baton.workers();
            baton.dies();
            baton.runAgain(builder);
            assertEquals(workers, baton.workers());
            assertEquals("subject gen=1\n", get(baton));
            assertEquals("upgraded", baton.upgrade(command).json().text("outcome"));
            assertEquals("subject gen=2\n", get(baton));
            assertEquals(0, baton.stop());
        }
    }

    @Test
    void wrappedProgramRunsAsAnotherUser() throws Exception {
        int port = Subject.freePort();
        List<String> command = Subject.of(JdkHttpServer.class).command(port);
        try (SecondUser shop = SecondUser.create("daemon");
                RunningBaton baton = RunningBaton.builder()
                        .listen("http", "127.0.0.1:" + port)
                        .flag("--user", shop.name())
                        .command(command)
                        .start()) {
            assertEquals("subject gen=1\n", get(baton));
            assertEquals("upgraded", baton.upgrade(command).json().text("outcome"));
            assertEquals("subject gen=2\n", get(baton));
        }
    }

    /** On the loopback too, as Tomcat's shutdown port, it would be in the next version's way. */
    @ParameterizedTest
    @CsvSource({"0.0.0.0, ''", "127.0.0.1, 127.0.0.1"})
    void listenerThatNobodyNamesIsInTheStatusAsLongAsItIsThere(String host, String shown) throws Exception {
        int port = Subject.freePort();
        int elsewhere = Subject.freePort();
        String address = shown + ":" + elsewhere;
        Subject subject = Subject.of(ListensElsewhere.class).with(host, Integer.toString(elsewhere));
        try (RunningBaton baton = start(port, subject.command(port))) {
            baton.awaitLine(".*gen 1 pid .* elsewhere: " + elsewhere);
            baton.awaitLine(".*baton-agent: WARN the program listens at " + address + " by itself.*");
            List<String> unsupervised = List.of(address);
            await("its supervisor knows, too")
                    .atMost(RunningBaton.PATIENCE)
                    .until(() -> baton.status().objects("workers").get(0).has("unsupervised"));
            assertEquals(unsupervised, baton.status().objects("workers").get(0).texts("unsupervised"));
            String page =
                    Command.baton(baton.directory(), "status", "--app", "it").output();
            assertTrue(page.contains("generation 1 listens unsupervised: " + address), page);
            new Socket("127.0.0.1", elsewhere).close();
            await().atMost(RunningBaton.PATIENCE)
                    .until(() -> !baton.status().objects("workers").get(0).has("unsupervised"));
        }
    }

    /** With the port of the one listener that has them both. */
    @Test
    void programWithTwoAddressesAcceptsAtBoth() throws Exception {
        int port = Subject.freePort();
        List<String> command = Subject.of(TwoAddresses.class).command("127.0.0.1,127.0.0.2", Integer.toString(port));
        try (RunningBaton baton = RunningBaton.builder()
                .listen("http", "0.0.0.0:" + port)
                .command(command)
                .start()) {
            assertEquals("subject gen=1\n", get("127.0.0.1", port));
            assertEquals("subject gen=1\n", get("127.0.0.2", port));
            assertEquals("upgraded", baton.upgrade(command).json().text("outcome"));
            assertEquals("subject gen=2\n", get("127.0.0.1", port));
            assertEquals("subject gen=2\n", get("127.0.0.2", port));
        }
    }

    /** The JDK takes each for one of IPv6, which has another option for it. */
    @Test
    void connectionsOfAListenerOfIpv4TakeATrafficClass() throws Exception {
        int channels = Subject.freePort();
        int sockets = Subject.freePort();
        Subject subject = Subject.of(TrafficClass.class);
        try (RunningBaton baton = RunningBaton.builder()
                .listen("channels", "0.0.0.0:" + channels)
                .listen("sockets", "0.0.0.0:" + sockets)
                .command(subject.command("0.0.0.0", Integer.toString(channels), Integer.toString(sockets)))
                .start()) {
            for (String name : List.of("channels", "sockets")) {
                assertEquals("traffic class 16\n", saysBy(name, baton));
            }
        }
    }

    /** Of a program that does not wait to be asked. */
    private static String saysBy(String listener, RunningBaton baton) throws Exception {
        try (Socket client = new Socket("127.0.0.1", baton.address(listener).getPort())) {
            return new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    @Test
    void oneSocketForTwoListenersIsSaid() throws Exception {
        int port = Subject.freePort();
        try (RunningBaton baton = RunningBaton.builder()
                .listen("one", "127.0.0.1:" + port)
                .listen("two", "127.0.0.2:" + port)
                .flag("--ready-timeout", "20s")
                .command(Subject.of(TwoAddresses.class).command("127.0.0.1,127.0.0.2", Integer.toString(port)))
                .start()) {
            List<String> everywhere = Subject.of(JdkHttpServer.class).command("0.0.0.0", Integer.toString(port));
            JsonObject failed = baton.upgrade(everywhere).json();
            assertEquals("not-ready-in-time", failed.text("outcome"));
            assertTrue(
                    failed.texts("output").stream()
                            .anyMatch(line -> line.matches(".*WARN the program binds port " + port + ".* 2 listeners,"
                                    + " one=127.0.0.1:\\d+, two=127.0.0.2:\\d+: .*")),
                    failed::toString);
        }
    }

    /** Jetty's module keeps the packages to itself in which its HTTP connections are. */
    @Test
    void jettyOfModulesIsFollowed(@TempDir Path directory) throws Exception {
        String jars = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> new File(entry).getName().matches("(jetty-(server|http|io|util)|slf4j-api)-\\d.*jar"))
                .collect(Collectors.joining(File.pathSeparator));
        Path declaration = Files.writeString(
                directory.resolve("module-info.java"), "module subject { requires org.eclipse.jetty.server; }\n");
        Path sources = Places.sources().resolveSibling("../java/dev/baton/subject");
        Path classes = directory.resolve("classes");
        int compiled = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        null,
                        "-p",
                        jars,
                        "-d",
                        classes.toString(),
                        declaration.toString(),
                        sources.resolve("JettyServer.java").toString(),
                        sources.resolve("Answers.java").toString());
        assertEquals(0, compiled);
        int port = Subject.freePort();
        List<String> command = List.of(
                Places.java().toString(),
                "-p",
                classes + File.pathSeparator + jars,
                "-m",
                "subject/" + JettyServer.class.getName(),
                "127.0.0.1",
                Integer.toString(port));
        try (RunningBaton baton = start(port, command)) {
            HttpClient kept = HttpClient.newHttpClient();
            assertEquals("subject gen=1\n", get(kept, "127.0.0.1", port));
            assertEquals("upgraded", baton.upgrade(command).json().text("outcome"));
            assertEquals("subject gen=2\n", get(kept, "127.0.0.1", port));
            assertEquals(1.0, baton.counters().get("baton_connections_handed_over_total"));
        }
    }

    /** Nothing comes or goes meanwhile, and yet it is in the middle of something. */
    @Test
    void responseThatPausesIsWaitedFor() throws Exception {
        int port = Subject.freePort();
        List<String> command = Subject.of(PausingServer.class).command(port);
        try (RunningBaton baton = start(port, command);
                Socket client = new Socket("127.0.0.1", port)) {
            client.getOutputStream().write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            BufferedReader answer =
                    new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
            while (!answer.readLine().equals("piece 2")) {
                // the head, and the first piece
            }
            assertEquals("upgraded", baton.upgrade(command).json().text("outcome"));
            List<String> rest = answer.lines().toList();
            assertTrue(rest.containsAll(List.of("piece 3", "piece 4", "piece 5", "0")), rest::toString);
        }
    }

    /** It wakes the thread that accepts by a connection to itself, which is not to go to the next version. */
    @Test
    void tomcatStopsAsItDoesAlone() throws Exception {
        int port = Subject.freePort();
        List<String> command = Subject.of(TomcatServer.class, "tomcat-").command(port);
        try (RunningBaton baton = start(port, command)) {
            assertEquals("subject gen=1\n", get(baton));
            assertEquals("upgraded", baton.upgrade(command).json().text("outcome"));
            assertEquals("subject gen=2\n", get(baton));
            await().atMost(RunningBaton.PATIENCE)
                    .during(Duration.ofSeconds(1))
                    .until(() -> baton.counters().get("baton_connections_accepted_total"), accepted -> accepted == 2);
        }
    }

    /** It keeps its manners of a program that is alone. */
    @Test
    void serverThatCannotSeeTheAgentServesAndItIsSaid() throws Exception {
        int port = Subject.freePort();
        List<String> command = Subject.of(ModularServer.class, "undertow-", "xnio-", "jboss-", "wildfly-", "smallrye-")
                .command(port);
        try (RunningBaton baton = start(port, command)) {
            assertEquals("subject gen=1\n", get(baton));
            assertEquals("upgraded", baton.upgrade(command).json().text("outcome"));
            assertEquals("subject gen=2\n", get(baton));
            baton.awaitLine(".*gen 2 pid .*baton-agent: WARN io.undertow.server.* cannot see the agent.*");
        }
    }

    @Test
    void unixSocketIsUpgradedThoughTheProgramDeletesItsFile(@TempDir Path directory) throws Exception {
        Path socket = directory.resolve("shop.sock");
        Subject subject = Subject.of(UnixServer.class);
        List<String> command = subject.command(socket.toString());
        try (RunningBaton baton = RunningBaton.builder()
                        .listen("http", "unix:" + socket)
                        .command(command)
                        .start();
                UnixClient client = UnixClient.start(socket)) {
            baton.awaitLine(".*gen 1 pid .* listening at " + socket);
            for (int generation = 1; generation <= 3; generation++) {
                client.awaitAnswer("subject gen=" + generation);
                if (generation < 3) {
                    assertEquals("upgraded", baton.upgrade(command).json().text("outcome"));
                }
            }
            assertEquals(List.of(), client.stop());
            assertEquals(0, baton.stop());
        }
        assertFalse(Files.exists(socket), "the socket's file goes with the supervisor");
    }

    @Test
    void programThatListensNowhereIsToldApartAndTheOldOneServesOn() throws Exception {
        JsonObject failed = failedUpgradeTo(NoListener.class, "5s");
        assertEquals("not-ready-in-time", failed.text("outcome"));
        assertTrue(failed.text("reason").contains("listen on every supervised address"), failed::toString);
    }

    @Test
    void programThatBindsTwiceHearsWhatTheKernelWouldHaveSaid() throws Exception {
        JsonObject failed = failedUpgradeTo(BindsTwice.class, "20s");
        assertEquals("exited-before-ready", failed.text("outcome"));
        assertTrue(
                failed.texts("output").stream().anyMatch(line -> line.contains("Address already in use: this program")),
                failed::toString);
    }

    private static JsonObject failedUpgradeTo(Class<?> main, String patience) throws Exception {
        int port = Subject.freePort();
        try (RunningBaton baton = RunningBaton.builder()
                .listen("http", "127.0.0.1:" + port)
                .flag("--ready-timeout", patience)
                .command(Subject.of(JdkHttpServer.class).command(port))
                .start()) {
            Map<Integer, Long> before = baton.workers();
            JsonObject failed = baton.upgrade(Subject.of(main).command(port)).json();
            assertEquals("subject gen=1\n", get(baton));
            assertEquals(before, baton.workers());
            return failed;
        }
    }

    private static RunningBaton start(int port, List<String> command) throws Exception {
        return RunningBaton.builder()
                .listen("http", "127.0.0.1:" + port)
                .command(command)
                .start();
    }

    private static String get(RunningBaton baton) throws Exception {
        return get("127.0.0.1", baton.address("http").getPort());
    }

    private static String get(String host, int port) throws Exception {
        return get(HttpClient.newHttpClient(), host, port);
    }

    private static String get(HttpClient client, String host, int port) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + host + ":" + port + "/"))
                .build();
        return client.send(request, BodyHandlers.ofString()).body();
    }
}
