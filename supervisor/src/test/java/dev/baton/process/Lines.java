package dev.baton.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** Everything that a process prints, line by line, until the last who holds its output has closed it. */
final class Lines {
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Thread thread;

    Lines(Process process, String name) {
        thread = new Thread(() -> read(process), name);
        thread.setDaemon(true);
        thread.start();
    }

    private void read(Process process) {
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            lines.add("(the output was lost: " + e.getMessage() + ")");
        }
    }

    /** So far. */
    List<String> all() {
        return List.copyOf(lines);
    }

    /** Waits until nothing can come any more; fails where somebody who holds the output lives on. */
    List<String> whole() throws InterruptedException {
        thread.join(TimeUnit.SECONDS.toMillis(30));
        if (thread.isAlive()) {
            throw new IllegalStateException("somebody still holds the output behind " + all());
        }
        return all();
    }
}
