package dev.baton.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The application with SO_REUSEPORT: the next version binds the same address and serves before the old one is ended. */
final class Overlapping extends Server {
    private final Stage stage;
    private final Demo demo;

    private Overlapping(Stage stage, Demo demo, InetSocketAddress address, Program program) {
        super("SO_REUSEPORT overlap", address, program);
        this.stage = stage;
        this.demo = demo;
    }

    static Overlapping start(Stage stage, Demo demo) throws IOException, InterruptedException {
        Program program = stage.start("overlapping", command(demo, Ports.local(0)));
        int port = Integer.parseInt(program.await(Demo.READY).group(1));
        return new Overlapping(stage, demo, Ports.local(port), program);
    }

    private static List<String> command(Demo demo, InetSocketAddress address) {
        return demo.alone(address, "--socket", "shared");
    }

    @Override
    Map<String, Duration> upgrade() throws IOException, InterruptedException {
        Program next = stage.start("overlapping", command(demo, address()));
        next.await(Demo.READY);
        program.end();
        program = next;
        return Map.of();
    }
}
