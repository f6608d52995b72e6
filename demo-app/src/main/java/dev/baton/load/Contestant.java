package dev.baton.load;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A demo application in a process of its own, alone or under a supervisor, on ports that the kernel has chosen and that
 * it tells.
 *
 * <p>Ownership: {@link #close} ends the process, which ends what it has started.
 */
final class Contestant implements Closeable {
    private static final int PATIENCE = 60;
    private static final int LAST_LINES = 20;
    /** The supervisor's {@code listens  http on 127.0.0.1:41000}. */
    private static final Pattern SUPERVISED = Pattern.compile(" *listens +(\\S+) on 127\\.0\\.0\\.1:(\\d+)");
    /** The demo's {@code listening={http=/127.0.0.1:41000, line=/127.0.0.1:41001}}. */
    private static final Pattern ALONE = Pattern.compile("[{ ](\\w+)=/127\\.0\\.0\\.1:(\\d+)");

    private final Process process;
    private final Pattern addresses;
    private final Map<String, Integer> ports = new HashMap<>();
    private final Deque<String> last = new ArrayDeque<>();
    private final CompletableFuture<Map<String, Integer>> serving = new CompletableFuture<>();

    private Contestant(Process process, Pattern addresses) {
        this.process = process;
        this.addresses = addresses;
        Thread reader = new Thread(this::read, "contestant-output");
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * In a session of its own, as baton starts workers: Linux gives each session an equal share of a busy machine (sched(7),
     * autogroup), and whoever shared one with the load would be the slower for it.
     */
    static Contestant alone(List<String> demo) throws IOException {
        List<String> command = new ArrayList<>(List.of("setsid"));
        command.addAll(demo);
        command.addAll(List.of("--http", "127.0.0.1:0", "--line", "127.0.0.1:0"));
        return new Contestant(
                new ProcessBuilder(command).redirectErrorStream(true).start(), ALONE);
    }

    static Contestant supervised(Path baton, Path runtimeDirectory, List<String> demo) throws IOException {
        List<String> command = new ArrayList<>(List.of(baton.toString(), "run", "--app", "bench"));
        command.addAll(List.of("--listen", "http=127.0.0.1:0", "--listen", "line=127.0.0.1:0", "--"));
        command.addAll(demo);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("RUNTIME_DIRECTORY", runtimeDirectory.toString());
        return new Contestant(builder.start(), SUPERVISED);
    }

    private void read() {
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                take(line);
            }
        } catch (IOException e) {
            last.add("its output was lost: " + e.getMessage());
        }
        serving.completeExceptionally(new IOException("it ended:\n" + String.join("\n", last)));
    }

    private void take(String line) {
        last.add(line);
        if (last.size() > LAST_LINES) {
            last.remove();
        }
        Matcher matcher = addresses.matcher(line);
        while (matcher.find()) {
            ports.putIfAbsent(matcher.group(1), Integer.valueOf(matcher.group(2)));
        }
        if (ports.size() == 2) {
            serving.complete(Map.copyOf(ports));
        }
    }

    /** Where load of this mode goes. */
    InetSocketAddress target(Mode mode) throws IOException, InterruptedException {
        try {
            Map<String, Integer> told = serving.get(PATIENCE, TimeUnit.SECONDS);
            return new InetSocketAddress("127.0.0.1", told.get(mode == Mode.LINE ? "line" : "http"));
        } catch (ExecutionException e) {
            throw new IOException(e.getCause().getMessage(), e);
        } catch (TimeoutException e) {
            throw new IOException("it did not serve within " + PATIENCE + " s", e);
        }
    }

    @Override
    public void close() {
        // Through the handle: Process itself would close the output under the reader.
        process.toHandle().destroy();
        try {
            if (!process.waitFor(PATIENCE, TimeUnit.SECONDS)) {
                process.toHandle().destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.toHandle().destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
