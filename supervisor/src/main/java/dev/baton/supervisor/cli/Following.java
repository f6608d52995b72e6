package dev.baton.supervisor.cli;

import dev.baton.supervisor.control.NoSupervisorException;
import java.util.function.Consumer;

/** Follows the events of a supervisor, for as long as what is printed of them is read. */
final class Following {
    private static final String DATA = "data: ";

    private final Found supervisor;
    private final Printout out;
    private boolean begun;

    Following(Found supervisor, Printout out) {
        this.supervisor = supervisor;
        this.out = out;
    }

    /**
     * Goes on until the supervisor has stopped, and returns the exit code.
     *
     * @param onBegun called once: nothing that happens from now on is missed
     * @param onEvent given each event, as JSON
     */
    int follow(Runnable onBegun, Consumer<String> onEvent) throws NoSupervisorException {
        supervisor.client().follow(line -> {
            if (!begun) {
                begun = true;
                onBegun.run();
            }
            if (line.startsWith(DATA)) {
                onEvent.accept(line.substring(DATA.length()));
            }
            return out.isHeard(); // which the supervisor's sign of life asks for, too, where nothing happens
        });
        return out.isHeard() ? ExitCode.DONE : ExitCode.FAILED;
    }
}
