package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.subject.BindsTwice;
import dev.baton.subject.JdkHttpServer;
import dev.baton.subject.ListensElsewhere;
import dev.baton.subject.NoListener;
import dev.baton.subject.OwnLibraries;
import dev.baton.subject.UnixServer;
import dev.baton.supervisor.control.JsonObject;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

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

    @Test
    void listenerThatNobodyNamesIsInTheStatusAsLongAsItIsThere() throws Exception {
        int port = Subject.freePort();
        try (RunningBaton baton = start(port, Subject.of(ListensElsewhere.class).command(port))) {
            int elsewhere = Integer.parseInt(
                    baton.awaitLine(".*gen 1 pid .* elsewhere: \\d+").replaceFirst(".* ", ""));
            List<String> unsupervised = List.of(":" + elsewhere);
            assertEquals(unsupervised, baton.status().objects("workers").get(0).texts("unsupervised"));
            String page =
                    Command.baton(baton.directory(), "status", "--app", "it").output();
            assertTrue(page.contains("generation 1 listens unsupervised: :" + elsewhere), page);
            new Socket("127.0.0.1", elsewhere).close();
            await().atMost(RunningBaton.PATIENCE)
                    .until(() -> !baton.status().objects("workers").get(0).has("unsupervised"));
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
        InetSocketAddress address = baton.address("http");
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + address.getPort() + "/"))
                .build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
    }
}
