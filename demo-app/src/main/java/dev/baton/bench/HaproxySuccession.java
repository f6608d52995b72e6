package dev.baton.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** HAProxy that is started anew with {@code -x} and {@code -sf}: the new one gets the listeners, and tells the old one to finish. */
final class HaproxySuccession extends Server {
    private final Stage stage;
    private final List<String> command;
    private final Path socket;

    private HaproxySuccession(
            Stage stage, List<String> command, Path socket, InetSocketAddress address, Program program) {
        super("HAProxy, -sf", address, program);
        this.stage = stage;
        this.command = command;
        this.socket = socket;
    }

    static HaproxySuccession start(Stage stage, List<String> command, Path socket, InetSocketAddress address)
            throws IOException, InterruptedException {
        Program program = stage.start("haproxy", command);
        Ports.awaitOpen(address, program);
        return new HaproxySuccession(stage, command, socket, address, program);
    }

    @Override
    Map<String, Duration> upgrade() throws IOException, InterruptedException {
        List<String> next = new ArrayList<>(command);
        next.addAll(List.of("-x", socket.toString(), "-sf", Long.toString(program.pid())));
        Program old = program;
        program = stage.start("haproxy", next);
        old.awaitEnd();
        return Map.of();
    }
}
