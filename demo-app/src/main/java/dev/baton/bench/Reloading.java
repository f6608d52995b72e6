package dev.baton.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A server with a parent that keeps its pid: told by a signal, it replaces its children by new ones. */
final class Reloading extends Server {
    private static final Duration LONGEST = Duration.ofSeconds(10);

    private final Program program;
    private final Signals signal;

    private Reloading(String name, Program program, InetSocketAddress address, Signals signal) {
        super(name, address);
        this.program = program;
        this.signal = signal;
    }

    static Reloading start(String name, Program program, InetSocketAddress address, Signals signal)
            throws IOException, InterruptedException {
        Ports.awaitOpen(address, program);
        return new Reloading(name, program, address, signal);
    }

    /** Waits until its present children are gone, or does not wait longer: some wait for clients that never pause. */
    @Override
    Map<String, Duration> upgrade() throws IOException, InterruptedException {
        List<ProcessHandle> old = program.handle().children().toList();
        signal.to(program.pid());
        Waiting.until(LONGEST, () -> old.stream().noneMatch(ProcessHandle::isAlive));
        return Map.of();
    }

    @Override
    public void close() {
        program.close();
    }
}
