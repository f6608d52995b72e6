package dev.baton.bench;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import dev.baton.handover.ListenAddress;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;

/**
 * The application with a socket that its parent holds, as systemd's socket activation has it: the benchmark binds it, and passes it as
 * descriptor 0, the only one that a JVM can inherit. To replace it is to end it and to start it again, while clients wait in the backlog.
 */
final class Inheriting extends Server {
    private static final int BACKLOG = 4096;

    private final Stage stage;
    private final Demo demo;
    private final Fd listener;

    private Inheriting(Stage stage, Demo demo, Fd listener, InetSocketAddress address, Program program) {
        super("socket activation, restart", address, program);
        this.stage = stage;
        this.demo = demo;
        this.listener = listener;
    }

    static Inheriting start(Stage stage, Demo demo) throws IOException, InterruptedException {
        Fd listener = Libc.listen((ListenAddress.Bindable) ListenAddress.parse("127.0.0.1:0"), BACKLOG);
        InetSocketAddress address = Libc.localInetAddress(listener.number()).orElseThrow();
        return new Inheriting(stage, demo, listener, address, spawn(stage, demo, listener, address));
    }

    /** Descriptor 0 is the listener only for as long as it takes to start a child. */
    private static Program spawn(Stage stage, Demo demo, Fd listener, InetSocketAddress address)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(demo.alone(address, "--socket", "inherited"));
        Program program;
        try (Fd input = Libc.duplicate(0)) {
            Libc.replaceForChildrenToo(0, listener);
            try {
                program = stage.start("inheriting", builder.redirectInput(Redirect.INHERIT));
            } finally {
                Libc.replaceForChildrenToo(0, input);
            }
        }
        program.await(Demo.READY);
        return program;
    }

    @Override
    Map<String, Duration> upgrade() throws IOException, InterruptedException {
        program.end();
        program = spawn(stage, demo, listener, address());
        return Map.of();
    }

    @Override
    public void close() {
        super.close();
        listener.close();
    }
}
