package dev.baton.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A server with a parent that keeps its pid: told by a signal, it replaces its children by new ones. */
final class Reloading implements Server {
    private static final Duration LONGEST = Duration.ofSeconds(10);
    private static final long PAUSE = 20;

    private final String name;
    private final Program program;
    private final InetSocketAddress address;
    private final Signals signal;

    private Reloading(String name, Program program, InetSocketAddress address, Signals signal) {
        this.name = name;
        this.program = program;
        this.address = address;
        this.signal = signal;
    }

    static Reloading start(String name, Program program, InetSocketAddress address, Signals signal)
            throws IOException, InterruptedException {
        Ports.awaitOpen(address, program);
        return new Reloading(name, program, address, signal);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public InetSocketAddress address() {
        return address;
    }

    /** Waits until its present children are gone, or does not wait longer: some wait for clients that never pause. */
    @Override
    public Map<String, Duration> upgrade() throws IOException, InterruptedException {
        List<ProcessHandle> old = program.handle().children().toList();
        long end = System.nanoTime() + LONGEST.toNanos();
        signal.to(program.pid());
        while (old.stream().anyMatch(ProcessHandle::isAlive) && System.nanoTime() - end < 0) {
            TimeUnit.MILLISECONDS.sleep(PAUSE);
        }
        return Map.of();
    }

    @Override
    public void close() {
        program.close();
    }
}
