package dev.baton.supervisor.cli;

import dev.baton.supervisor.Overseer;
import dev.baton.supervisor.Settings;
import dev.baton.supervisor.StartException;
import dev.baton.supervisor.Supervision;
import dev.baton.supervisor.Supervisor;
import dev.baton.supervisor.Transition;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The real one. */
record SupervisorCore(Supervisor supervisor) implements Core {
    private static final Logger LOG = LoggerFactory.getLogger(SupervisorCore.class);

    /** Where every supervisor of this program comes from. */
    static Core start(Settings settings, Consumer<Transition> observer, Overseer overseer) {
        try {
            return new SupervisorCore(Supervisor.start(settings, List.of(observer), overseer));
        } catch (StartException e) {
            throw new CommandFailure(ExitCode.USAGE, e.getMessage(), "", e);
        }
    }

    @Override
    public Supervision supervision() {
        return supervisor;
    }

    @Override
    public void beforeReplacement(Runnable last) {
        supervisor.beforeReplacement(last);
    }

    @Override
    public void letPass() throws IOException {
        supervisor.letPass();
    }

    @Override
    public int awaitEnd() throws InterruptedException {
        try {
            return supervisor.ended().toCompletableFuture().get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the supervisor's end failed", e.getCause());
        }
    }

    @Override
    public void close() {
        if (supervisor.hasTakenBack()) {
            LOG.warn("the workers of the supervisor before serve on: the next \"baton run\" takes them back");
        } else {
            supervisor.close();
        }
    }
}
