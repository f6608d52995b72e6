package dev.baton.bench;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The application that is measured, the same with the same flags wherever it stands.
 *
 * @param jar demo-app.jar
 */
record Demo(Path jar) {
    /** What it says once it serves: {@code listening={http=/127.0.0.1:41000, line=/127.0.0.1:41001}}. */
    static final Pattern READY = Pattern.compile("listening=\\{http=/127\\.0\\.0\\.1:(\\d+)");

    List<String> command() {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return List.of(java, "-Xmx256m", "-jar", jar.toString());
    }

    /** Standing alone at this address. */
    List<String> alone(InetSocketAddress http, String... more) {
        List<String> command = new ArrayList<>(command());
        command.addAll(List.of("--http", Ports.text(http), "--line", "127.0.0.1:0"));
        command.addAll(List.of(more));
        return command;
    }
}
