package dev.baton.kit.jetty;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * A while in which this process gets no descriptor, whatever it closes: prlimit(1). Who cannot open a file cannot load
 * a class either, so what runs meanwhile is to have run before.
 */
final class DescriptorShortage implements AutoCloseable {
    private static final String SCRIPT = "usual=$(ulimit -Sn) || exit; echo; "
            + "read begin || exit; prlimit --pid $1 --nofile=3: && echo; "
            + "read end; prlimit --pid $1 --nofile=$usual: && echo";

    private final Process shell;
    private final BufferedReader answers;

    DescriptorShortage() throws IOException {
        shell = new ProcessBuilder(
                        "sh",
                        "-c",
                        SCRIPT,
                        "sh",
                        Long.toString(ProcessHandle.current().pid()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        answers = new BufferedReader(new InputStreamReader(shell.getInputStream(), StandardCharsets.US_ASCII));
        awaitAnswer();
    }

    void begin() {
        say();
    }

    void end() {
        say();
    }

    private void say() {
        try {
            shell.getOutputStream().write('\n');
            shell.getOutputStream().flush();
            awaitAnswer();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitAnswer() throws IOException {
        if (answers.readLine() == null) {
            throw new IOException("no prlimit(1)?");
        }
    }

    /** Ends it, if it has begun. */
    @Override
    public void close() throws IOException {
        shell.getOutputStream().close();
        shell.onExit().join();
    }
}
