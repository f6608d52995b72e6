package dev.baton.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A server that stays one process: told by a command, which ends when it has replaced what serves. */
final class Commanded extends Server {
    private final Stage stage;
    private final List<String> command;
    private final Map<String, String> environment;

    private Commanded(
            String name,
            Stage stage,
            Program program,
            InetSocketAddress address,
            List<String> command,
            Map<String, String> environment) {
        super(name, address, program);
        this.stage = stage;
        this.command = command;
        this.environment = environment;
    }

    /** @param environment of the command, beside the benchmark's own */
    static Commanded start(
            String name,
            Stage stage,
            Program program,
            InetSocketAddress address,
            List<String> command,
            Map<String, String> environment)
            throws IOException, InterruptedException {
        Ports.awaitOpen(address, program);
        return new Commanded(name, stage, program, address, command, environment);
    }

    @Override
    Map<String, Duration> upgrade() throws IOException, InterruptedException {
        Program order = stage.start("order", command, environment);
        if (order.awaitEnd() != 0) {
            throw new IOException(program + " was not replaced; " + command + " said:\n" + order.said());
        }
        return Map.of();
    }
}
