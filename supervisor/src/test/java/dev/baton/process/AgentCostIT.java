package dev.baton.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.subject.Clock;
import dev.baton.subject.JdkHttpServer;
import dev.baton.supervisor.control.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What the agent costs at the start of a program, with it and without in turn: {@code -Dbaton.repeats=10} for figures. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 15, unit = TimeUnit.MINUTES)
@Tag("alone")
class AgentCostIT {
    private static final int REPEATS = Integer.getInteger("baton.repeats", 3);

    @TempDir
    private Path directory;

    @Test
    void programStartsNotMuchLaterWithIt() throws Exception {
        int port = Subject.freePort();
        int other = Subject.freePort();
        List<String> command = Subject.of(JdkHttpServer.class).command(port);
        List<Double> alone = new ArrayList<>();
        List<Double> wrapped = new ArrayList<>();
        List<Double> premain = new ArrayList<>();
        try (RunningBaton baton = RunningBaton.builder()
                .listen("http", "127.0.0.1:" + port)
                .command(command)
                .start()) {
            Path agent = baton.directory().resolve("baton-agent.jar");
            Path clock = clock();
            for (int i = 0; i <= REPEATS; i++) {
                double answersAfter = alone(Subject.of(JdkHttpServer.class).command(other), other);
                JsonObject upgrade = baton.upgrade(command).json();
                assertEquals("upgraded", upgrade.text("outcome"), upgrade::toString);
                double premainTakes = premain(agent, clock);
                if (i > 0) { // the first of each finds the disk's cache, and the supervisor, cold
                    alone.add(answersAfter);
                    wrapped.add((double) upgrade.object("phases").number("starting"));
                    premain.add(premainTakes);
                }
            }
        }
        System.out.printf(
                "agent's cost on Java %d, medians of %d: alone %.0f ms to the first answer, wrapped %.0f ms to ready;"
                        + " premain %.0f ms%n",
                Runtime.version().feature(), REPEATS, median(alone), median(wrapped), median(premain));
        assertTrue(median(wrapped) < 5 * median(alone), wrapped + " ms with the agent, " + alone + " without");
        assertTrue(median(premain) < median(wrapped), premain + " ms of " + wrapped);
    }

    /** From its start until it answers. */
    private static double alone(List<String> command, int port) throws Exception {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        long start = System.nanoTime();
        Process process = new ProcessBuilder(command).inheritIO().start();
        try {
            while (true) {
                try {
                    RawClient.get(address, "/");
                    return (System.nanoTime() - start) / 1e6;
                } catch (IOException e) {
                    assertTrue(process.isAlive(), "it ended with " + e);
                    TimeUnit.MILLISECONDS.sleep(1);
                }
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    /** How long it keeps the program from its main, between two agents that tell the time. */
    private double premain(Path agent, Path clock) throws Exception {
        Command.Ended ended = Command.run(
                directory,
                List.of(
                        "env",
                        "BATON_HANDOVER=" + directory.resolve("nobody.sock"),
                        "BATON_LISTENERS=http=127.0.0.1:8080",
                        Places.java().toString(),
                        // As the supervisor says it: Java 25 warns of jffi, if it is loaded in time.
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-javaagent:" + clock,
                        "-javaagent:" + agent,
                        "-javaagent:" + clock,
                        "-cp",
                        clock.toString(),
                        Clock.class.getName()));
        assertEquals(0, ended.exitCode(), ended::output);
        String[] lines = ended.output().split("\n");
        assertEquals(3, lines.length, ended::output);
        return (Long.parseLong(lines[1]) - Long.parseLong(lines[0])) / 1e6;
    }

    private Path clock() throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(new Attributes.Name("Premain-Class"), Clock.class.getName());
        Path jar = directory.resolve("clock.jar");
        String name = Clock.class.getName().replace('.', '/') + ".class";
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream jarOut = new JarOutputStream(out, manifest)) {
            jarOut.putNextEntry(new ZipEntry(name));
            jarOut.write(Clock.class.getResourceAsStream("/" + name).readAllBytes());
            jarOut.closeEntry();
        }
        return jar;
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
