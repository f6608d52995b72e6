package dev.baton.supervisor.cli;

import dev.baton.supervisor.Status;
import dev.baton.supervisor.Supervision;
import dev.baton.supervisor.UpgradeRequest;
import dev.baton.supervisor.config.Account;
import dev.baton.supervisor.control.ControlEndpoint;
import dev.baton.supervisor.control.EventLog;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A supervisor in the foreground, from its start to its end.
 *
 * <p>Order: signals are taken before anything is started, so that none of them can end the JVM, in its own way, over
 * a worker that lives. One that arrives too early is obeyed as soon as there is a supervisor to obey it.
 *
 * @param face what its clients and its signals get to see of it, from the supervision itself
 */
record Foreground(Plan plan, BiFunction<Supervision, Plan, Supervision> face) {
    private static final Logger LOG = LoggerFactory.getLogger(Foreground.class);

    int run(Core.Starter starter, Terminal terminal) throws IOException, InterruptedException {
        CompletableFuture<Supervision> started = new CompletableFuture<>();
        Signals.on("HUP", () -> started.thenAccept(Foreground::upgrade));
        Signals.on("TERM", () -> started.thenAccept(supervision -> stop(supervision, "TERM")));
        Signals.on("INT", () -> started.thenAccept(supervision -> stop(supervision, "INT")));
        Signals.on("USR2", () -> started.thenAccept(Foreground::reexec));
        EventLog events = new EventLog();
        try (Core core = starter.start(plan.settings(), events)) {
            Supervision supervision = face.apply(core.supervision(), plan);
            try (ControlEndpoint endpoint = control(supervision, events)) {
                introduce(supervision.status(), endpoint.socket(), terminal.err());
                started.complete(supervision);
                return core.awaitEnd();
            }
        } finally {
            if (plan.own().isPresent()) {
                Files.deleteIfExists(plan.usual());
            }
        }
    }

    private ControlEndpoint control(Supervision supervision, EventLog events) {
        try {
            Set<Integer> uids = plan.allowed().stream().map(Account::uid).collect(Collectors.toSet());
            ControlEndpoint endpoint = ControlEndpoint.start(supervision, events, plan.control(), uids);
            if (plan.own().isPresent()) {
                Files.deleteIfExists(plan.usual());
                Files.createSymbolicLink(plan.usual(), plan.own().get());
            }
            if (!plan.allowed().isEmpty()) {
                letReach(endpoint, plan.allowed().get(0));
            }
            return endpoint;
        } catch (IOException | IllegalArgumentException e) {
            throw new CommandFailure(ExitCode.USAGE, e.getMessage(), "choose another path by --control", e);
        }
    }

    /** By the first group of the user; that all of the allowed ones are in it has been looked at. */
    private void letReach(ControlEndpoint endpoint, Account user) throws IOException {
        try {
            Files.setAttribute(endpoint.socket(), "unix:gid", user.group());
            Path home = plan.usual().getParent();
            Files.setAttribute(home, "unix:gid", user.group());
            Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx--x---"));
        } catch (FileSystemException e) {
            endpoint.close();
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "control.allow-users: the control socket cannot be given to group " + user.group() + " of "
                            + user.name() + ": " + e.getMessage(),
                    "start baton as a user who is in that group, or as root",
                    e);
        }
    }

    private static void upgrade(Supervision supervision) {
        Supervision.UpgradeReply reply = supervision.upgrade(UpgradeRequest.again());
        if (reply instanceof Supervision.Refused refused) {
            LOG.warn("signal=HUP upgrade=refused reason=\"{}\"", refused.reason());
        }
        if (reply instanceof Supervision.Misconfigured misconfigured) {
            misconfigured.mistakes().forEach(mistake -> LOG.warn("signal=HUP upgrade=refused mistake=\"{}\"", mistake));
        }
    }

    private static void reexec(Supervision supervision) {
        if (supervision.reexec() instanceof Supervision.Refused refused) {
            LOG.warn("signal=USR2 reexec=refused reason=\"{}\"", refused.reason());
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
        String app = plan.settings().app();
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
