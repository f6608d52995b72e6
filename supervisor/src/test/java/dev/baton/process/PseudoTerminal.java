package dev.baton.process;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A command on a terminal of its own, which somebody watches: script(1). Whoever waits too long is timed out above. */
final class PseudoTerminal implements AutoCloseable {
    private static final char CTRL_C = 3;
    private static final char CTRL_Q = 17;
    private static final char CTRL_S = 19;

    private final Process script;
    private final Reader output;
    private final StringBuilder shown = new StringBuilder();

    PseudoTerminal(Path runtimeDirectory, int columns, int rows, List<String> command) throws IOException {
        String line = "stty cols " + columns + " rows " + rows + " && exec '" + String.join("' '", command) + "'";
        ProcessBuilder builder = new ProcessBuilder("script", "-qefc", line, "/dev/null").redirectErrorStream(true);
        builder.environment().put("RUNTIME_DIRECTORY", runtimeDirectory.toString());
        builder.environment().put("TERM", "xterm");
        builder.environment().put("SHELL", "/bin/sh");
        builder.environment().remove("NO_COLOR");
        script = builder.start();
        output = new InputStreamReader(script.getInputStream(), StandardCharsets.UTF_8);
    }

    /** Reads on until this has been shown. */
    void awaitShown(String text) throws IOException {
        while (shown.indexOf(text) < 0) {
            int next = output.read();
            if (next < 0) {
                throw new AssertionError("it ended without \"" + text + "\":\n" + shown);
            }
            shown.append((char) next);
        }
    }

    void interrupt() throws IOException {
        press(CTRL_C);
    }

    /** What runs there can print no more, until {@link #resume}. */
    void stop() throws IOException {
        press(CTRL_S);
    }

    void resume() throws IOException {
        press(CTRL_Q);
    }

    private void press(char key) throws IOException {
        script.getOutputStream().write(key);
        script.getOutputStream().flush();
    }

    /** Reads to the end, and says everything that was shown, escape sequences and all. */
    String whole() throws IOException, InterruptedException {
        for (int next = output.read(); next >= 0; next = output.read()) {
            shown.append((char) next);
        }
        script.waitFor();
        return shown.toString();
    }

    @Override
    public void close() {
        script.destroy(); // which hangs up on whoever still runs there
    }
}
