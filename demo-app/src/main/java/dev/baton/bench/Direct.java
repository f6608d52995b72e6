package dev.baton.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The application alone. To replace it is to end it and to start it again, as one does who does nothing about it. */
final class Direct extends Server {
    private final Stage stage;
    private final Demo demo;

    private Direct(Stage stage, String name, Demo demo, InetSocketAddress address, Program program) {
        super(name, address, program);
        this.stage = stage;
        this.demo = demo;
    }

    static Direct start(Stage stage, String name, Demo demo) throws IOException, InterruptedException {
        Program program = stage.start("direct", demo.alone(Ports.local(0)));
        int port = Integer.parseInt(program.await(Demo.READY).group(1));
        return new Direct(stage, name, demo, Ports.local(port), program);
    }

    @Override
    Map<String, Duration> upgrade() throws IOException, InterruptedException {
        program.end();
        List<String> command = demo.alone(address());
        program = stage.start("direct", command);
        program.await(Demo.READY);
        return Map.of();
    }

    long pid() {
        return program.pid();
    }
}
