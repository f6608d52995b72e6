package dev.baton.supervisor;

import dev.baton.handover.Libc;
import dev.baton.handover.LibcException;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The program that takes the place of this one, in the same process, with the same arguments: the launcher's choice of
 * a JDK and a jar as they are by now, or, where there was no launcher, the command line of this process once more.
 *
 * @param command bytes as characters, ISO 8859-1: they go to the kernel as they came from it
 */
record Successor(Path program, List<String> command) {
    /** Where scripts/baton says where it is. */
    private static final String LAUNCHER = "BATON_LAUNCHER";

    private static final String RUN = "run";
    private static final String TRY = "--self-test";
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int MOST_WORDS = 2000;
    private static final Charset BYTES = StandardCharsets.ISO_8859_1;

    static Successor ofThisProcess() throws IOException {
        List<String> words =
                List.of(Files.readString(Path.of("/proc/self/cmdline"), BYTES).split("\0", -1));
        int run = words.indexOf(RUN);
        if (run < 0) {
            throw new IOException("this supervisor is part of another program, which cannot be started anew");
        }
        List<String> command = new ArrayList<>();
        String launcher = System.getenv(LAUNCHER);
        Path program;
        if (launcher != null) {
            program = Path.of(launcher);
            command.add(launcher);
        } else {
            program = Path.of(ProcessHandle.current().info().command().orElseThrow());
            command.addAll(words.subList(0, run));
        }
        command.addAll(words.subList(run, words.size() - 1)); // a zero byte ends the last one, too
        return new Successor(program, command);
    }

    /**
     * Has it look at its arguments, at what is written here, and at its native parts; and the kernel has to be able to.
     *
     * @return why it cannot take over, with its own words
     */
    Optional<String> refusal() throws IOException {
        try {
            Libc.requireExecute();
        } catch (LibcException e) {
            return Optional.of(
                    "a program can be replaced in place from Linux 5.11 on, where no seccomp filter forbids it,"
                            + " and the present one goes on: " + e.getMessage());
        }
        List<String> trial = new ArrayList<>(command);
        trial.set(0, program.toString());
        trial.add(trial.indexOf(RUN) + 1, TRY);
        Path words = Files.createTempFile("baton-self-test-", ".log");
        try {
            Process process = new ProcessBuilder(trial)
                    .redirectErrorStream(true)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(words.toFile())
                    .start();
            boolean ended = process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            process.destroyForcibly();
            if (ended && process.exitValue() == 0) {
                return Optional.empty();
            }
            return Optional.of("the new program cannot take over, and the present one goes on: " + program
                    + (ended ? " ended with " + process.exitValue() : " did not end within " + Failure.text(PATIENCE))
                    + said(Files.readString(words, BYTES)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("interrupted while the new program was tried");
        } finally {
            Files.deleteIfExists(words);
        }
    }

    private static String said(String words) {
        String text = words.strip();
        return text.isEmpty() ? "" : ": " + text.substring(0, Math.min(text.length(), MOST_WORDS));
    }

    /**
     * Becomes it.
     *
     * @param kept descriptors that stay open, besides 0, 1 and 2
     * @param lock the one of them that is the runtime directory's lock
     * @throws IOException if that cannot be; then all is as before
     */
    void take(Set<Integer> kept, int lock) throws IOException {
        List<String> environment = new ArrayList<>();
        for (String variable :
                Files.readString(Path.of("/proc/self/environ"), BYTES).split("\0")) {
            if (!variable.isEmpty() && !isOfThisProgram(variable)) {
                environment.add(variable);
            }
        }
        environment.add(RuntimeDirectory.LOCK + "=" + lock);
        Libc.execute(program, command, environment, kept);
    }

    /** Passed sockets are listeners by now, and passed on as such; who else watches over this process goes on doing so. */
    private static boolean isOfThisProgram(String variable) {
        return variable.startsWith(RuntimeDirectory.LOCK + "=") || variable.startsWith("LISTEN_");
    }
}
