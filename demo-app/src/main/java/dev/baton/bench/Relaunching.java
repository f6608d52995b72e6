package dev.baton.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A server that stays one process: told by a signal, it ends its old connections and begins anew, of which its log alone tells.
 *
 * @see Reloading for those whose children come and go
 */
final class Relaunching extends Server {
    private final Signals signal;
    private final Path log;
    private final String begun;

    private Relaunching(
            String name, Program program, InetSocketAddress address, Signals signal, Path log, String begun) {
        super(name, address, program);
        this.signal = signal;
        this.log = log;
        this.begun = begun;
    }

    /** @param begun what it writes each time it has begun */
    static Relaunching start(
            String name, Program program, InetSocketAddress address, Signals signal, Path log, String begun)
            throws IOException, InterruptedException {
        Ports.awaitOpen(address, program);
        Relaunching server = new Relaunching(name, program, address, signal, log, begun);
        server.awaitBegun(1);
        return server;
    }

    @Override
    Map<String, Duration> upgrade() throws IOException, InterruptedException {
        long before = timesBegun();
        signal.to(program.pid());
        awaitBegun(before + 1);
        return Map.of();
    }

    private void awaitBegun(long times) throws IOException, InterruptedException {
        if (!Waiting.until(Program.PATIENCE, () -> timesBegun() >= times)) {
            throw new IOException(program + " does not begin anew: there is no more '" + begun + "' in " + log);
        }
    }

    private long timesBegun() throws IOException {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.filter(line -> line.contains(begun)).count();
        } catch (NoSuchFileException e) {
            return 0;
        }
    }
}
