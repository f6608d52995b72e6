package dev.baton.supervisor.cli;

import dev.baton.supervisor.Overseer;
import dev.baton.supervisor.Settings;
import dev.baton.supervisor.Supervision;
import dev.baton.supervisor.Transition;
import java.io.IOException;
import java.util.function.Consumer;

/** A supervisor that runs in this process, as the foreground command sees it. */
interface Core extends AutoCloseable {
    Supervision supervision();

    /** What is done each time before the program of this process is replaced by another. */
    void beforeReplacement(Runnable last);

    /** Lets other users pass the runtime directory, on their way to a socket that is given to them. */
    void letPass() throws IOException;

    /** Waits until every worker has gone, and returns the exit code for it. */
    int awaitEnd() throws InterruptedException;

    /** Kills what is left and lets go of everything, or leaves it to the next one where it was not the first itself. */
    @Override
    void close();

    /** How one is started. */
    @FunctionalInterface
    interface Starter {
        /**
         * Binds the listeners and starts the first worker.
         *
         * @param observer told of every transition, on a thread that it must not keep
         * @param overseer who watches over the supervisor itself
         * @throws CommandFailure if it cannot; nothing is left behind then
         */
        Core start(Settings settings, Consumer<Transition> observer, Overseer overseer);
    }
}
