package dev.baton.supervisor.cli;

import dev.baton.handover.ListenerSpec;
import dev.baton.supervisor.Settings;
import dev.baton.supervisor.config.AppName;
import dev.baton.supervisor.config.RuntimeDirectories;
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
        customSynopsis = "baton run [--app A] --listen NAME=ADDRESS… [OPTIONS] [-- COMMAND…]",
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
            "  HUP        upgrade to the same command, started anew",
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
            description = "The application's name, by which it is told from others. Default: " + AppName.DEFAULT)
    private String app = AppName.DEFAULT;

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
            names = "--ready-timeout",
            paramLabel = "D",
            description = "How long COMMAND may take until it is ready. Default: 60s")
    private Duration readyTimeout = Settings.READY_TIMEOUT;

    @Option(
            names = "--bake",
            paramLabel = "D",
            description = "How long the old version stands by after an upgrade, ready to take over again. Default: 5s")
    private Duration bake = Settings.BAKE;

    @Option(
            names = "--drain",
            paramLabel = "D",
            description = "How long the old version may finish what it has; then its connections are closed."
                    + " Default: 30s")
    private Duration drain = Settings.DRAIN;

    @Option(
            names = "--kill-after",
            paramLabel = "D",
            description = "How long after TERM a worker is killed. Default: 5s")
    private Duration killAfter = Settings.KILL_AFTER;

    @Option(
            names = "--backoff-first",
            paramLabel = "D",
            description =
                    "How long to wait before COMMAND is restarted when it dies; doubles each time." + " Default: 100ms")
    private Duration firstBackoff = Settings.FIRST_BACKOFF;

    @Option(names = "--backoff-most", paramLabel = "D", description = "The longest of these waits. Default: 30s")
    private Duration longestBackoff = Settings.LONGEST_BACKOFF;

    @Option(
            names = "--control",
            paramLabel = "PATH",
            description = "The control socket, where it is not to be the one in the runtime directory.")
    private Path control;

    @Parameters(arity = "0..*", paramLabel = "COMMAND", hidden = true)
    private List<String> command = List.of();

    RunCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws Exception {
        Settings settings = settings();
        Path usual = RuntimeDirectories.controlSocket(settings.runtimeDirectory());
        return new Foreground(settings, usual, Optional.ofNullable(control).map(Path::toAbsolutePath))
                .run(surroundings.core(), surroundings.terminal());
    }

    /** What the options mean, every one of them checked. */
    private Settings settings() {
        if (listen.isEmpty()) {
            throw wrong("no listener; give at least one, like --listen http=:8080");
        }
        if (command.isEmpty()) {
            throw wrong("no command; put it at the end, like -- java -jar shop.jar");
        }
        if (directory != null && !Files.isDirectory(directory)) {
            throw wrong("--directory " + directory + ": there is no such directory");
        }
        if (readyTimeout.isZero()) {
            throw wrong("--ready-timeout is zero, and nothing gets ready in no time");
        }
        if (firstBackoff.compareTo(longestBackoff) > 0) {
            throw wrong("--backoff-first is longer than --backoff-most");
        }
        try {
            Path home = surroundings.directories().forNew(AppName.check(app));
            RuntimeDirectories.requireShortEnough(RuntimeDirectories.controlSocket(home));
            return new Settings(
                    app,
                    command,
                    Optional.ofNullable(directory).map(Path::toAbsolutePath),
                    environment,
                    listeners(),
                    readyTimeout,
                    bake,
                    drain,
                    killAfter,
                    firstBackoff,
                    longestBackoff,
                    home);
        } catch (IllegalArgumentException e) {
            throw wrong(e.getMessage());
        }
    }

    private List<ListenerSpec> listeners() {
        List<ListenerSpec> listeners = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (String text : listen) {
            ListenerSpec listener = ListenerSpec.parse(text);
            if (!names.add(listener.name())) {
                throw new IllegalArgumentException("two listeners are called " + listener.name());
            }
            listeners.add(listener);
        }
        return listeners;
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
