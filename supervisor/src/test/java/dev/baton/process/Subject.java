package dev.baton.process;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A server that is to be wrapped: its main class, and where the class path of the tests has what it stands on. */
record Subject(String main, List<String> libraries, List<String> options, List<String> arguments) {
    private static final AtomicInteger PORTS =
            new AtomicInteger(Integer.parseInt(System.getProperty("baton.ports", "20000")));

    static Subject of(Class<?> main, String... libraries) {
        return new Subject(main.getName(), List.of(libraries), List.of(), List.of());
    }

    /** Compiled when it starts: with the tests, its annotations would be missed. */
    static Subject vertx() {
        String source = Places.sources().resolve("VertxServer.java").toString();
        return new Subject(source, List.of("vertx-", "netty-", "jackson-core-"), List.of(), List.of());
    }

    /** One with libraries that the build has put aside, being other versions than the tests have. */
    static Subject apart(String main, String directory) {
        return new Subject(main, List.of(directory + File.separator), List.of(), List.of());
    }

    Subject with(String... more) {
        return new Subject(main, libraries, options, List.of(more));
    }

    /** The same, on a JVM with these options. */
    Subject under(List<String> options) {
        return new Subject(main, libraries, options, arguments);
    }

    /** {@code java … MAIN HOST PORT}, with its own libraries and nothing of Baton's on its class path. */
    List<String> command(int port) {
        return command("127.0.0.1", Integer.toString(port));
    }

    /** {@code java … MAIN PLACE…}. */
    List<String> command(String... place) {
        List<String> command = new ArrayList<>(List.of(
                Places.java().toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx128m",
                "-cp",
                classPath()));
        command.addAll(1, options);
        command.add(main);
        command.addAll(List.of(place));
        command.addAll(arguments);
        return command;
    }

    private String classPath() {
        List<String> path = new ArrayList<>();
        for (String library : libraries) {
            if (library.endsWith(File.separator)) {
                path.add(Places.subjects().resolve(library) + File.separator + "*");
            }
        }
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> entry.endsWith("test-classes")
                        || libraries.stream()
                                .anyMatch(library -> new File(entry).getName().startsWith(library)))
                .forEach(path::add);
        return String.join(File.pathSeparator, path);
    }

    /**
     * A port that is free now, and that nobody is given who asks for any: below those of ip_local_port_range, ip(7), and
     * for this JVM of tests alone.
     */
    static int freePort() {
        while (true) {
            int port = PORTS.getAndIncrement();
            try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return probe.getLocalPort();
            } catch (IOException e) {
                continue; // somebody has it
            }
        }
    }
}
