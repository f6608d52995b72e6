package dev.baton.supervisor.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.handover.WindowSize;
import dev.baton.supervisor.config.RuntimeDirectories;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The command line, in this process, with its output caught and its supervisors under a directory of the test's. */
record Shell(Path base, boolean live, Core.Starter core) {
    static Shell plain(Path base) {
        return new Shell(base, false, (settings, observer, overseer) -> {
            throw new AssertionError("no supervisor is to be started here");
        });
    }

    static Shell onATerminal(Path base) {
        return new Shell(base, true, plain(base).core);
    }

    static Terminal terminal(Printout out, Printout err, boolean live) {
        return new Terminal(out, err, live, live, live, Terminal.WIDTH, () -> new WindowSize(Terminal.WIDTH, 24));
    }

    /** What a command said, and how it ended. */
    record Result(int exit, String out, String err) {
        Result fitsTheTerminal() {
            out.lines().forEach(line -> assertTrue(line.length() <= 80, line.length() + " columns: " + line));
            return this;
        }
    }

    Result run(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Result ended = run(new Printout(out), arguments);
        return new Result(ended.exit, out.toString(StandardCharsets.UTF_8), ended.err);
    }

    /** The same, with what is printed going elsewhere. */
    Result run(Printout out, String... arguments) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal = terminal(out, new Printout(err), live);
        RuntimeDirectories directories = new RuntimeDirectories(Optional.empty(), List.of(base));
        int exit = Baton.execute(new Surroundings(terminal, directories, core, MainProcess.of(Map.of())), arguments);
        return new Result(exit, "", err.toString(StandardCharsets.UTF_8));
    }
}
