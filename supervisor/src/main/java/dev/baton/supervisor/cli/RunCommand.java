package dev.baton.supervisor.cli;

import dev.baton.handover.ListenAddress;
import dev.baton.handover.ListenerSpec;
import dev.baton.supervisor.Preflight;
import dev.baton.supervisor.Settings;
import dev.baton.supervisor.Signal;
import dev.baton.supervisor.StartException;
import dev.baton.supervisor.Supervision;
import dev.baton.supervisor.Wrap;
import dev.baton.supervisor.config.Account;
import dev.baton.supervisor.config.AppName;
import dev.baton.supervisor.config.CacheDirectory;
import dev.baton.supervisor.config.Configuration;
import dev.baton.supervisor.config.ConfigurationException;
import dev.baton.supervisor.config.ConfigurationFile;
import dev.baton.supervisor.config.ControlHttp;
import dev.baton.supervisor.config.RuntimeDirectories;
import dev.baton.supervisor.config.Version;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "run",
        header = "Supervise a server in the foreground.",
        customSynopsis = {
            "baton run [--app A] --listen NAME=ADDRESS… [OPTIONS] -- COMMAND…",
            "       baton run --config FILE [OPTIONS] [-- COMMAND…]"
        },
        description = {
            "",
            "Binds the listeners, starts COMMAND with them, and stays: it restarts COMMAND"
                    + " when it dies, and replaces it without losing a connection when it is told"
                    + " to. Everything after -- is COMMAND, word by word; there is no shell.",
            "",
            "NAME is what COMMAND asks for the listener by, like http. ADDRESS is one of",
            "  127.0.0.1:8080  [::1]:8080   this address",
            "  :8080  *:8080  [::]:8080     every address of this machine",
            "  unix:/run/shop/http.sock     a unix socket",
            "D is a duration: 250ms, 30s, 2m."
        },
        footerHeading = "%nSignals:%n",
        footer = {
            "  HUP        read the configuration file again, and upgrade",
            "  USR2       replace this program by the newest one, in place; see baton reexec",
            "  TERM, INT  drain and stop; once more, and it hurries",
            "",
            "Examples:",
            "  baton run --listen http=:8080 -- java -jar shop.jar",
            "  baton run --app shop --listen http=:8080 --listen line=127.0.0.1:7000 \\",
            "            --bake 10s --environment PROFILE=prod -- java -jar shop.jar"
        },
        exitCodeListHeading = ExitCode.LIST_HEADING,
        exitCodeList = {
            " 0:stopped as it was told to",
            " 1:COMMAND never got to serve",
            " 2:wrong usage or configuration; a listener cannot be bound",
            ExitCode.LIST_BUG
        })
final class RunCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--app",
            paramLabel = "A",
            description = "The application's name, by which it is told from others. Default: the file's name, else "
                    + AppName.DEFAULT)
    private String app;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "A configuration file (TOML). What an option here says too, the option says."
                    + " It is read again at every upgrade.")
    private Path config;

    @Option(names = "--listen", paramLabel = "NAME=ADDRESS", description = "A listener; give it once for each.")
    private List<String> listen = List.of();

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            description =
                    "Where COMMAND starts; looked up anew each time, so it may be a release symlink. Default: here")
    private Path directory;

    @Option(names = "--environment", paramLabel = "K=V", description = "A variable for COMMAND; give it once for each.")
    private Map<String, String> environment = new LinkedHashMap<>();

    @Option(
            names = "--user",
            paramLabel = "U",
            description = "The user that COMMAND runs as, where baton is started as root. Default: baton's own")
    private String user;

    @Option(names = "--group", paramLabel = "G", description = "The group that COMMAND runs with. Default: the user's")
    private String group;

    @Option(
            names = "--wrap",
            paramLabel = "HOW",
            description = "How COMMAND gets its sockets: agent (any JVM server, unmodified), kit (it uses server-kit),"
                    + " exec (any program that knows systemd's LISTEN_FDS), auto (agent where COMMAND is a java,"
                    + " else exec; either may use the kit). Default: auto")
    private String wrap;

    @Option(
            names = "--cache",
            description = "Keep archives of the classes that COMMAND, a java, loads, so that its next start is sooner.")
    private boolean cache;

    @Option(
            names = "--ready-timeout",
            paramLabel = "D",
            description = "How long COMMAND may take until it is ready. Default: 60s")
    private Duration readyTimeout;

    @Option(
            names = "--ready-after",
            paramLabel = "D",
            description = "How long a COMMAND that inherits its sockets (exec) must have lived to be ready, where it"
                    + " sends no READY=1 to its NOTIFY_SOCKET")
    private Duration readyAfter;

    @Option(
            names = "--bake",
            paramLabel = "D",
            description = "How long the old version stands by after an upgrade, ready to take over again. Default: 5s")
    private Duration bake;

    @Option(
            names = "--drain",
            paramLabel = "D",
            description = "How long the old version may finish what it has; then its connections are closed."
                    + " Default: 30s")
    private Duration drain;

    @Option(
            names = "--kill-after",
            paramLabel = "D",
            description = "How long after TERM a worker is killed. Default: 5s")
    private Duration killAfter;

    @Option(
            names = "--stop-signal",
            paramLabel = "S",
            description = "What tells a COMMAND that inherits its sockets (exec) to finish. Default: SIGTERM")
    private String stopSignal;

    @Option(
            names = "--backoff-first",
            paramLabel = "D",
            description =
                    "How long to wait before COMMAND is restarted when it dies; doubles each time." + " Default: 100ms")
    private Duration firstBackoff;

    @Option(names = "--backoff-most", paramLabel = "D", description = "The longest of these waits. Default: 30s")
    private Duration longestBackoff;

    @Option(
            names = "--control",
            paramLabel = "PATH",
            description = "The control socket, where it is not to be the one in the runtime directory.")
    private Path control;

    @Option(
            names = "--control-http",
            paramLabel = "ADDRESS",
            description = "Control it over TCP too, like 127.0.0.1:9180: dashboard, metrics and API, behind tokens"
                    + " that are made in the runtime directory. Default: not at all")
    private String controlHttp;

    @Option(names = "--self-test", hidden = true)
    private boolean selfTest;

    @Parameters(arity = "0..*", paramLabel = "COMMAND", hidden = true)
    private List<String> command = List.of();

    RunCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws Exception {
        Plan plan;
        try {
            plan = plan();
        } catch (ConfigurationException e) {
            throw CheckCommand.failure(config, e);
        }
        return selfTest
                ? test(plan)
                : new Foreground(plan, this::face).run(surroundings.core(), surroundings.terminal());
    }

    /** Asked by a supervisor that is to be replaced by this program. */
    private int test(Plan plan) {
        try {
            Preflight.selfTest(plan.settings());
            surroundings.terminal().out().println("baton " + Version.current().baton() + " can take over");
            return ExitCode.DONE;
        } catch (StartException | LinkageError e) {
            throw new CommandFailure(ExitCode.USAGE, e.getMessage(), "", e);
        }
    }

    /** Without a file there is nothing to be read again. */
    private Supervision face(Supervision supervision, Plan first) {
        return config == null ? supervision : new RereadingSupervision(supervision, first, this::plan);
    }

    /** What the options mean, and the file as it is now, every bit of them checked. The options win. */
    private Plan plan() throws ConfigurationException {
        List<ListenerSpec> listeners = listeners();
        Configuration file = config == null
                ? Configuration.NONE
                : new ConfigurationFile(config, System.getenv())
                        .read(new ConfigurationFile.Elsewhere(!listeners.isEmpty(), !command.isEmpty()));
        if (config == null && listeners.isEmpty()) {
            throw wrong("no listener; give at least one, like --listen http=:8080");
        }
        if (config == null && command.isEmpty()) {
            throw wrong("no command; put it at the end, like -- java -jar shop.jar");
        }
        if (directory != null && !Files.isDirectory(directory)) {
            throw wrong("--directory " + directory + ": there is no such directory");
        }
        if (readyTimeout != null && readyTimeout.isZero()) {
            throw wrong("--ready-timeout is zero, and nothing gets ready in no time");
        }
        Settings settings = settings(file, listeners);
        if (settings.firstBackoff().compareTo(settings.longestBackoff()) > 0) {
            throw wrong("--backoff-first is longer than --backoff-most");
        }
        if (settings.cache().isPresent() && settings.user().isPresent()) {
            throw wrong((user == null && group == null ? config + " has a user" : "--user") + ", and "
                    + (cache ? "--cache" : config + " has start.cache = true")
                    + ": workers of another user cannot use what is kept for this one; leave one of them out");
        }
        settings.check().ifPresent(check -> requireListener(settings, "ready.check", check.listener()));
        settings.warmUp().ifPresent(warmUp -> requireListener(settings, "warm-up", warmUp.listener()));
        return new Plan(
                settings,
                RuntimeDirectories.controlSocket(settings.runtimeDirectory()),
                Optional.ofNullable(control).map(Path::toAbsolutePath).or(file::controlSocket),
                file.allowUsers(),
                http(file),
                file.hook(),
                command.isEmpty());
    }

    private void requireListener(Settings settings, String table, String name) {
        if (settings.listeners().stream().noneMatch(listener -> listener.name().equals(name))) {
            throw wrong(config + ": " + table + ".listener = \"" + name + "\", and no listener is called that");
        }
    }

    private Settings settings(Configuration file, List<ListenerSpec> listeners) {
        String name = Optional.ofNullable(app).or(file::app).orElse(AppName.DEFAULT);
        try {
            Path home = surroundings.directories().forNew(AppName.check(name));
            RuntimeDirectories.requireShortEnough(RuntimeDirectories.controlSocket(home));
            Map<String, String> variables = new LinkedHashMap<>(file.environment());
            variables.putAll(environment);
            return new Settings(
                    name,
                    command.isEmpty() ? file.command() : command,
                    Optional.ofNullable(directory).map(Path::toAbsolutePath).or(file::directory),
                    variables,
                    merged(file.listeners(), listeners),
                    first(readyTimeout, file.readyTimeout(), Settings.READY_TIMEOUT),
                    first(bake, file.bake(), Settings.BAKE),
                    first(drain, file.drain(), Settings.DRAIN),
                    first(killAfter, file.killAfter(), Settings.KILL_AFTER),
                    first(firstBackoff, file.firstBackoff(), Settings.FIRST_BACKOFF),
                    first(longestBackoff, file.longestBackoff(), Settings.LONGEST_BACKOFF),
                    file.check(),
                    file.warmUp(),
                    home,
                    Account.worker(user(file), group(file)),
                    wrap(file),
                    Optional.ofNullable(readyAfter).or(file::readyAfter),
                    stopSignal(file),
                    cache || file.cache() ? Optional.of(CacheDirectory.ofThisProcess(name)) : Optional.empty());
        } catch (IllegalArgumentException e) {
            throw wrong(e.getMessage());
        }
    }

    private Optional<Account> user(Configuration file) {
        if (user == null) {
            return file.user();
        }
        return Optional.of(Account.ofThisMachine(user)
                .orElseThrow(() -> new IllegalArgumentException("--user " + user + ": there is no such user here")));
    }

    private Optional<Integer> group(Configuration file) {
        if (group == null) {
            return file.group();
        }
        return Optional.of(Account.groupOfThisMachine(group)
                .orElseThrow(() -> new IllegalArgumentException("--group " + group + ": there is no such group here")));
    }

    private Wrap wrap(Configuration file) {
        if (wrap == null) {
            return file.wrap().orElse(Wrap.AUTO);
        }
        return Wrap.named(wrap)
                .orElseThrow(() -> wrong("--wrap " + wrap + ": there is no such choice; give one of "
                        + String.join(", ", Wrap.texts())));
    }

    private Signal stopSignal(Configuration file) {
        if (stopSignal == null) {
            return file.stopSignal().orElse(Signal.TERM);
        }
        return Signal.named(stopSignal)
                .orElseThrow(() -> wrong("--stop-signal " + stopSignal + ": there is no such choice; give one of "
                        + String.join(", ", Signal.texts())));
    }

    private Optional<ControlHttp> http(Configuration file) {
        if (controlHttp == null) {
            return file.controlHttp();
        }
        try {
            if (ListenAddress.parse(controlHttp) instanceof ListenAddress.Inet inet) {
                return Optional.of(file.controlHttp()
                        .map(http -> http.movedTo(inet.address()))
                        .orElseGet(() -> ControlHttp.at(inet.address())));
            }
        } catch (IllegalArgumentException e) {
            throw wrong("--control-http " + controlHttp + ": " + e.getMessage());
        }
        throw wrong("--control-http " + controlHttp + ": it is no address of TCP; write something like 127.0.0.1:9180");
    }

    private static Duration first(Duration option, Optional<Duration> file, Duration usual) {
        return option != null ? option : file.orElse(usual);
    }

    /** An option replaces the file's listener of that name. */
    private static List<ListenerSpec> merged(List<ListenerSpec> file, List<ListenerSpec> options) {
        Map<String, ListenerSpec> byName = new LinkedHashMap<>();
        file.forEach(listener -> byName.put(listener.name(), listener));
        options.forEach(listener -> byName.put(listener.name(), listener));
        List<ListenerSpec> merged = new ArrayList<>();
        for (ListenerSpec listener : byName.values()) {
            merged.stream()
                    .filter(other -> other.address().isInTheWayOf(listener.address()))
                    .findFirst()
                    .ifPresent(other -> {
                        throw new IllegalArgumentException("listener " + listener + ": " + other
                                + " is in its way; give each an address of its own");
                    });
            merged.add(listener);
        }
        return merged;
    }

    private List<ListenerSpec> listeners() {
        List<ListenerSpec> listeners = new ArrayList<>();
        Set<String> names = new HashSet<>();
        try {
            for (String text : listen) {
                ListenerSpec listener = ListenerSpec.parse(text);
                if (!names.add(listener.name())) {
                    throw wrong("two listeners are called " + listener.name());
                }
                listeners.add(listener);
            }
        } catch (IllegalArgumentException e) {
            throw wrong(e.getMessage());
        }
        return listeners;
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
