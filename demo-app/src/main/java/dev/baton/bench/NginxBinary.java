package dev.baton.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** nginx that replaces its own program: USR2, and QUIT to the old master once the new one has written its pid. */
final class NginxBinary extends Server {
    private static final Duration LONGEST = Duration.ofSeconds(20);

    private final Path pidFile;
    private ProcessHandle master;

    private NginxBinary(Path pidFile, InetSocketAddress address, Program starter) {
        super("nginx, USR2 and QUIT", address, starter);
        this.pidFile = pidFile;
    }

    /** @param starter which ends once nginx listens in the background; in the foreground it would ignore USR2 */
    static NginxBinary start(Stage stage, Program starter, InetSocketAddress address, Path pidFile)
            throws IOException, InterruptedException {
        if (starter.awaitEnd() != 0) {
            throw new IOException("nginx does not start: " + starter.said());
        }
        NginxBinary nginx = new NginxBinary(pidFile, address, starter);
        stage.keep(nginx);
        nginx.awaitMasterAfter(null);
        return nginx;
    }

    @Override
    Map<String, Duration> upgrade() throws IOException, InterruptedException {
        ProcessHandle old = master;
        Signals.USR2.to(old.pid());
        awaitMasterAfter(old);
        Signals.QUIT.to(old.pid());
        try {
            old.onExit().get(LONGEST.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IOException("the old nginx, pid " + old.pid() + ", does not leave", e);
        } catch (ExecutionException e) {
            throw new IOException(e);
        }
        return Map.of();
    }

    /** Waits until the file has the pid of another master than that. */
    private void awaitMasterAfter(ProcessHandle old) throws IOException, InterruptedException {
        boolean found = Waiting.until(LONGEST, () -> {
            master = written().flatMap(ProcessHandle::of).orElse(old);
            return !Objects.equals(master, old);
        });
        if (!found) {
            throw new IOException("no new nginx has written its pid into " + pidFile);
        }
    }

    private Optional<Long> written() throws IOException {
        try {
            String pid = Files.readString(pidFile).strip();
            return pid.isEmpty() ? Optional.empty() : Optional.of(Long.valueOf(pid));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        if (master != null) {
            master.destroy();
            master.onExit().join();
        }
    }
}
