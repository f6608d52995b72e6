package dev.baton.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A server with a parent that keeps its pid: told by a signal, it replaces its children by new ones. */
final class Reloading extends Server {
    private final Signals signal;

    private Reloading(String name, Program program, InetSocketAddress address, Signals signal) {
        super(name, address, program);
        this.signal = signal;
    }

    static Reloading start(String name, Program program, InetSocketAddress address, Signals signal)
            throws IOException, InterruptedException {
        Ports.awaitOpen(address, program);
        awaitAnswer(address); // a parent listens before there are children
        return new Reloading(name, program, address, signal);
    }

    /** Waits until its present children are gone, and somebody answers: as a rule they go when others serve. */
    @Override
    Map<String, Duration> upgrade() throws IOException, InterruptedException {
        List<ProcessHandle> old = program.handle().children().toList();
        if (old.isEmpty()) {
            throw new IOException(program + " has no children by which one could see that it is replaced");
        }
        signal.to(program.pid());
        if (!Waiting.until(Program.PATIENCE, () -> old.stream().noneMatch(ProcessHandle::isAlive))) {
            throw new IOException("old children of " + program + " do not leave: " + old);
        }
        awaitAnswer(address());
        return Map.of();
    }

    private static void awaitAnswer(InetSocketAddress address) throws IOException {
        try (KeptClient client = KeptClient.to(address)) {
            client.ask();
            client.answer();
        }
    }
}
