package dev.baton.supervisor.cli;

import dev.baton.handover.ListenAddress;
import dev.baton.supervisor.Settings;
import dev.baton.supervisor.Status;
import dev.baton.supervisor.Supervision;
import dev.baton.supervisor.UpgradeRequest;
import dev.baton.supervisor.config.Accounts;
import dev.baton.supervisor.config.ControlHttp;
import dev.baton.supervisor.config.HookCommand;
import dev.baton.supervisor.control.ControlEndpoint;
import dev.baton.supervisor.control.EventLog;
import dev.baton.supervisor.control.Token;
import dev.baton.supervisor.control.TransitionHook;
import dev.baton.supervisor.systemd.Systemd;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
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
        Systemd systemd = Systemd.of(System.getenv());
        Signals.on("HUP", () -> started.thenAccept(supervision -> reload(supervision, systemd.reloading())));
        Signals.on("TERM", () -> started.thenAccept(supervision -> stop(supervision, "TERM")));
        Signals.on("INT", () -> started.thenAccept(supervision -> stop(supervision, "INT")));
        Signals.on("USR2", () -> started.thenAccept(Foreground::reexec));
        EventLog events = new EventLog();
        Optional<TransitionHook> hook = plan.hook().map(told -> hook(events, told));
        try (Core core = starter.start(plan.settings(), events, systemd)) {
            core.beforeReplacement(() -> {
                hook.ifPresent(TransitionHook::settle);
                LogSetup.flush();
            });
            Supervision supervision = face.apply(core.supervision(), plan);
            try (ControlEndpoint endpoint = control(core, supervision, events)) {
                introduce(supervision.status(), endpoint.socket(), terminal.err());
                if (plan.http().isPresent()) {
                    listen(endpoint, plan.http().get(), terminal.err());
                }
                started.complete(supervision);
                systemd.controllable();
                if (System.getenv("BATON_CLASSES") != null) {
                    endpoint.rehearse(); // an archive is made of the classes that are loaded: of these, too
                }
                return core.awaitEnd();
            } finally { // only here: the one before may be another supervisor's
                if (plan.own().isPresent()) {
                    Files.deleteIfExists(plan.usual());
                }
            }
        } finally {
            hook.ifPresent(TransitionHook::close);
            LogSetup.flush();
        }
    }

    private TransitionHook hook(EventLog events, HookCommand told) {
        return TransitionHook.start(
                events, told.command(), told.deadline(), plan.settings().runtimeDirectory());
    }

    private ControlEndpoint control(Core core, Supervision supervision, EventLog events) {
        try {
            Set<Integer> uids = plan.allowed().stream().map(Settings.User::uid).collect(Collectors.toSet());
            ControlEndpoint endpoint = ControlEndpoint.start(supervision, events, plan.control(), uids);
            if (plan.own().isPresent()) {
                Files.deleteIfExists(plan.usual());
                Files.createSymbolicLink(plan.usual(), plan.own().get());
            }
            if (!plan.allowed().isEmpty()) {
                letReachOrClose(core, endpoint);
            }
            return endpoint;
        } catch (IOException | IllegalArgumentException e) {
            throw new CommandFailure(ExitCode.USAGE, e.getMessage(), "choose another path by --control", e);
        }
    }

    private void listen(ControlEndpoint endpoint, ControlHttp http, PrintStream err) {
        try {
            TokenFile reading = TokenFile.reading(http, plan.home());
            TokenFile acting = TokenFile.acting(http, plan.home());
            Token reads = reading.open();
            Token acts = acting.open();
            TokenFile.requireTwo(reading, reads, acting, acts);
            InetSocketAddress address = endpoint.listen(http.address(), http.hosts(), reads, acts);
            err.println("  http     " + url(address) + ", tokens in " + reading.path() + " (reads) and " + acting.path()
                    + " (acts)");
            if (!address.getAddress().isLoopbackAddress()) {
                LOG.warn(
                        "control.http={} others may listen in on the way and learn a token: put TLS in front of it, or"
                                + " choose 127.0.0.1 and reach it through ssh -L",
                        url(address));
            }
        } catch (IOException e) {
            throw cannotListen(e);
        }
    }

    private static CommandFailure cannotListen(IOException e) {
        return new CommandFailure(
                ExitCode.USAGE, "control.http: " + e.getMessage(), "put it right, or take control.http out", e);
    }

    /**
     * Whether what controls the supervisor could be opened, as far as can be told while another one has it, touching
     * nothing.
     *
     * @throws CommandFailure if not
     */
    static void check(Plan plan) {
        Path directory = plan.control().toAbsolutePath().getParent();
        if (!Files.isDirectory(directory)) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "there is no directory " + directory + " for the control socket",
                    "make it, or choose another path by --control");
        }
        try {
            if (plan.http().isPresent()) {
                ControlHttp http = plan.http().get();
                TokenFile.check(TokenFile.reading(http, plan.home()), TokenFile.acting(http, plan.home()));
            }
        } catch (IOException e) {
            throw cannotListen(e);
        }
    }

    static String url(InetSocketAddress address) {
        return "http://" + ListenAddress.text(address);
    }

    private void letReachOrClose(Core core, ControlEndpoint endpoint) throws IOException {
        try {
            letReach(core, endpoint);
        } catch (IOException | CommandFailure e) {
            endpoint.close();
            throw e;
        }
    }

    /** The socket by a group that all of the allowed ones are in; the way to it by the modes of what leads there. */
    private void letReach(Core core, ControlEndpoint endpoint) throws IOException {
        core.letPass();
        giveToGroup(endpoint.socket());
        for (Settings.User user : plan.allowed()) {
            for (Path socket : List.of(plan.usual(), plan.control())) {
                Optional<Path> barred = user.barredAt(socket);
                if (barred.isPresent()) {
                    throw new CommandFailure(
                            ExitCode.USAGE,
                            "control.allow-users: " + user.name() + " cannot reach the control socket " + socket
                                    + ", for the mode of " + barred.get() + " keeps it out",
                            "set RUNTIME_DIRECTORY to a directory under one that everybody may pass, like /run",
                            null);
                }
            }
        }
    }

    private void giveToGroup(Path socket) throws IOException {
        FileSystemException refusal = null;
        for (int group : Accounts.groupsInCommon(plan.allowed())) {
            try {
                Files.setAttribute(socket, "unix:gid", group);
                return;
            } catch (FileSystemException e) {
                refusal = e; // chown(2): not root, and not in that group
            }
        }
        String names = plan.allowed().stream().map(Settings.User::name).collect(Collectors.joining(", "));
        throw new CommandFailure(
                ExitCode.USAGE,
                "control.allow-users: the control socket cannot be given to a group of " + names + ": "
                        + (refusal == null ? "they have none in common" : refusal.getMessage()),
                "start baton as root, or as a user who is in a group with all of them",
                refusal);
    }

    private static void reload(Supervision supervision, Runnable over) {
        Supervision.UpgradeReply reply;
        try {
            reply = supervision.upgrade(UpgradeRequest.again());
        } catch (RuntimeException | Error e) {
            LOG.error("a bug in baton: signal=HUP has had no effect", e);
            over.run();
            return;
        }
        if (reply instanceof Supervision.UpgradeBegun begun) {
            begun.end().whenComplete((upgrade, failure) -> over.run());
        } else {
            over.run();
        }
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
