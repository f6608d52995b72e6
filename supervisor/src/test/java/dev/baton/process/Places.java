package dev.baton.process;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Where the built programs are, and the commands that start them on the JDK that runs the tests. */
final class Places {
    private static final Path ROOT = Path.of(System.getProperty("baton.root"));

    private Places() {}

    /** The JDK's launcher: the one of this JVM. */
    static Path java() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    static Path scripts() {
        return ROOT.resolve("scripts");
    }

    /** Libraries that the build has put aside for programs that are to be wrapped. */
    static Path subjects() {
        return ROOT.resolve("supervisor/target/subjects");
    }

    /** Applications that the build has built there. */
    static Path projects() {
        return ROOT.resolve("supervisor/target/projects");
    }

    /** What puts the kit into a JETTY_BASE. */
    static Path jettyModule() {
        return ROOT.resolve("server-kit/target/baton-jetty-home.zip");
    }

    /** Sources of such programs, which java compiles when it starts them. */
    static Path sources() {
        return ROOT.resolve("supervisor/src/test/resources/subjects");
    }

    /** {@code java … -jar baton.jar}, as scripts/baton has it. */
    static List<String> baton() {
        return List.of(
                java().toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-Xmx64m",
                "--enable-native-access=ALL-UNNAMED",
                "-jar",
                ROOT.resolve("supervisor/target/baton.jar").toString());
    }

    /** {@code java … CLASS}, a test program of ours, beside the demo application and all that it stands on. */
    static List<String> java(Class<?> main) {
        return List.of(
                java().toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-Xmx64m",
                "-cp",
                ROOT.resolve("demo-app/target/demo-app.jar") + ":" + ROOT.resolve("supervisor/target/test-classes"),
                main.getName());
    }

    /** {@code java … -jar demo-app.jar --label …}, quick to start. */
    static List<String> demo(String label, String... more) {
        List<String> command = new ArrayList<>(List.of(
                java().toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-Xmx128m",
                "-jar",
                ROOT.resolve("demo-app/target/demo-app.jar").toString(),
                "--label",
                label));
        command.addAll(List.of(more));
        return command;
    }

    /** A configuration file with this command, with listeners for the demo application, and with these tables behind them. */
    static String configuration(List<String> command, String tables) {
        return """
                command = [%s]
                [listen]
                http = "127.0.0.1:0"
                line = "127.0.0.1:0"
                """.formatted(command.stream().map(word -> '"' + word + '"').collect(Collectors.joining(", "))) + tables;
    }
}
