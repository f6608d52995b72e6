package dev.baton.supervisor.cli;

import dev.baton.supervisor.Settings;
import dev.baton.supervisor.Status;
import dev.baton.supervisor.Supervision;
import dev.baton.supervisor.UpgradeRequest;
import dev.baton.supervisor.control.ControlEndpoint;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A supervisor in the foreground, from its start to its end.
 *
 * <p>Order: signals are taken before anything is started, so that none of them can end the JVM, in its own way, over
 * a worker that lives. One that arrives too early is obeyed as soon as there is a supervisor to obey it.
 *
 * @param usual the control socket where clients look for it
 * @param own the control socket that was asked for instead; the usual one then leads to it
 */
record Foreground(Settings settings, Path usual, Optional<Path> own) {
    private static final Logger LOG = LoggerFactory.getLogger(Foreground.class);

    int run(Core.Starter starter, Terminal terminal) throws IOException, InterruptedException {
        CompletableFuture<Supervision> started = new CompletableFuture<>();
        Signals.on("HUP", () -> started.thenAccept(Foreground::upgrade));
        Signals.on("TERM", () -> started.thenAccept(supervision -> stop(supervision, "TERM")));
        Signals.on("INT", () -> started.thenAccept(supervision -> stop(supervision, "INT")));
        try (Core core = starter.start(settings);
                ControlEndpoint endpoint = control(core.supervision())) {
            introduce(core.supervision().status(), endpoint.socket(), terminal.err());
            started.complete(core.supervision());
            return core.awaitEnd();
        } finally {
            if (own.isPresent()) {
                Files.deleteIfExists(usual);
            }
        }
    }

    private ControlEndpoint control(Supervision supervision) {
        try {
            ControlEndpoint endpoint = ControlEndpoint.start(supervision, own.orElse(usual), Set.of());
            if (own.isPresent()) {
                Files.deleteIfExists(usual);
                Files.createSymbolicLink(usual, own.get());
            }
            return endpoint;
        } catch (IOException | IllegalArgumentException e) {
            throw new CommandFailure(ExitCode.USAGE, e.getMessage(), "choose another path by --control", e);
        }
    }

    private static void upgrade(Supervision supervision) {
        if (supervision.upgrade(UpgradeRequest.again()) instanceof Supervision.Refused refused) {
            LOG.warn("signal=HUP upgrade=refused reason=\"{}\"", refused.reason());
        }
    }

    private static void stop(Supervision supervision, String signal) {
        LOG.info("signal={} stop", signal);
        if (supervision.stop() instanceof Supervision.Refused refused) {
            LOG.warn("signal={} stop=refused reason=\"{}\"", signal, refused.reason());
        }
    }

    private void introduce(Status status, Path control, PrintStream err) {
        if (status.phase().equals("stopping")) {
            // The first worker has failed that fast, and the log has just said so.
            return;
        }
        String app = settings.app();
        err.println("baton: " + app + ", supervised by pid "
                + ProcessHandle.current().pid());
        for (Status.ListenerState listener : status.listeners()) {
            err.println("  listens  " + listener.spec().name() + " on "
                    + listener.spec().address().text());
        }
        err.println("  control  " + control);
        err.println("  upgrade  baton upgrade --app " + app + " [-- COMMAND…]");
        err.println("  stop     Ctrl-C, or baton stop --app " + app);
    }
}
