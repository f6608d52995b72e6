package dev.baton.bench;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A process that the benchmark has started, and what it says.
 *
 * <p>It is in a session of its own, as baton starts workers: Linux gives each session an equal share of a busy machine (sched(7),
 * autogroup), and whoever shared one with the load would be the slower for it.
 *
 * <p>Threading: any. Ownership: {@link #close} ends it, by its pid, politely first.
 */
final class Program implements Closeable {
    static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int LAST_LINES = 20;

    private final String name;
    private final Process process;
    private final Deque<String> lines = new ArrayDeque<>();
    private boolean ended;

    private Program(String name, Process process) {
        this.name = name;
        this.process = process;
        Thread reader = new Thread(this::read, name + "-output");
        reader.setDaemon(true);
        reader.start();
    }

    /** @param builder whose command, environment and standard input are set */
    static Program start(String name, ProcessBuilder builder) throws IOException {
        List<String> command = new ArrayList<>(List.of("setsid"));
        command.addAll(builder.command());
        return new Program(
                name, builder.command(command).redirectErrorStream(true).start());
    }

    private void read() {
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                take(line);
            }
        } catch (IOException e) {
            take("its output was lost: " + e.getMessage());
        }
        synchronized (this) {
            ended = true;
            notifyAll();
        }
    }

    private synchronized void take(String line) {
        lines.add(line);
        if (lines.size() > LAST_LINES) {
            lines.remove();
        }
        notifyAll();
    }

    /** Waits until one of its last lines has the pattern in it. */
    synchronized Matcher await(Pattern pattern) throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            for (String line : lines) {
                Matcher matcher = pattern.matcher(line);
                if (matcher.find()) {
                    return matcher;
                }
            }
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (ended || left <= 0) {
                throw new IOException(
                        name + (ended ? " has ended" : " did not get ready within " + PATIENCE.toSeconds() + " s")
                                + "; it said:\n" + String.join("\n", lines));
            }
            wait(left);
        }
    }

    /** Waits until it has ended by itself. */
    int awaitEnd() throws IOException, InterruptedException {
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new IOException(this + " does not end; it said:\n" + said());
        }
        return process.exitValue();
    }

    /** Its last lines. */
    synchronized String said() {
        return String.join("\n", lines);
    }

    long pid() {
        return process.pid();
    }

    ProcessHandle handle() {
        return process.toHandle();
    }

    /** Tells it to end, TERM, and waits until it has; who must be killed has failed. */
    void end() throws IOException, InterruptedException {
        // Through the handle: Process itself would close the output under the reader.
        handle().destroy();
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            handle().destroyForcibly();
            throw new IOException(this + " did not end within " + PATIENCE.toSeconds() + " s, and was killed");
        }
    }

    @Override
    public void close() {
        try {
            end();
        } catch (IOException e) {
            System.err.println("bench: " + e.getMessage());
        } catch (InterruptedException e) {
            handle().destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        return name + " (pid " + pid() + ")";
    }
}
