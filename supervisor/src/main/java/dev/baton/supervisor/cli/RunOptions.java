package dev.baton.supervisor.cli;

import dev.baton.supervisor.config.AppName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What {@code baton run} is told on the command line; what it is not told is null, or empty. */
final class RunOptions {
    /** None but the file. */
    static RunOptions ofFile(Path config) {
        RunOptions options = new RunOptions();
        options.config = config;
        return options;
    }

    @Option(
            names = "--app",
            paramLabel = "A",
            description = "The application's name, by which it is told from others. Default: the file's name, else "
                    + AppName.DEFAULT)
    String app;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "A configuration file (TOML). What an option here says too, the option says."
                    + " It is read again at every upgrade.")
    Path config;

    @Option(names = "--listen", paramLabel = "NAME=ADDRESS", description = "A listener; give it once for each.")
    List<String> listen = List.of();

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            description =
                    "Where COMMAND starts; looked up anew each time, so it may be a release symlink. Default: here")
    Path directory;

    @Option(names = "--environment", paramLabel = "K=V", description = "A variable for COMMAND; give it once for each.")
    Map<String, String> environment = new LinkedHashMap<>();

    @Option(
            names = "--user",
            paramLabel = "U",
            description = "The user that COMMAND runs as, where baton is started as root. Default: baton's own")
    String user;

    @Option(names = "--group", paramLabel = "G", description = "The group that COMMAND runs with. Default: the user's")
    String group;

    @Option(
            names = "--wrap",
            paramLabel = "HOW",
            description = "How COMMAND gets its sockets: agent (any JVM server, unmodified), kit (it uses server-kit),"
                    + " exec (any program that knows systemd's LISTEN_FDS), auto (agent where COMMAND is a java,"
                    + " else exec; either may use the kit). Default: auto")
    String wrap;

    @Option(
            names = "--cache",
            negatable = true,
            description = "Keep archives of the classes that COMMAND, a java, loads, so that its next start is sooner;"
                    + " or not, whatever the file says. Default: not")
    Boolean cache;

    @Option(
            names = "--ready-timeout",
            paramLabel = "D",
            description = "How long COMMAND may take until it is ready. Default: 60s")
    Duration readyTimeout;

    @Option(
            names = "--ready-after",
            paramLabel = "D",
            description = "How long a COMMAND that inherits its sockets (exec) must have lived to be ready, where it"
                    + " sends no READY=1 to its NOTIFY_SOCKET")
    Duration readyAfter;

    @Option(
            names = "--warm-up-count",
            paramLabel = "N",
            description = "How many of the file's [warm-up].requests the new version answers in private, or settled:"
                    + " until it does not get quicker. Default: settled")
    String warmUpCount;

    @Option(
            names = "--warm-up-timeout",
            paramLabel = "D",
            description = "How long that may take; then it takes over all the same. Default: 10s")
    Duration warmUpTimeout;

    @Option(
            names = "--warm-up-listener",
            paramLabel = "NAME",
            description = "The listener they are sent to. Default: the one of the file's check, else http, else the"
                    + " only one")
    String warmUpListener;

    @Option(
            names = "--bake",
            paramLabel = "D",
            description = "How long the old version stands by after an upgrade, ready to take over again. Default: 5s")
    Duration bake;

    @Option(
            names = "--drain",
            paramLabel = "D",
            description = "How long the old version may finish what it has; then its connections are closed."
                    + " Default: 30s")
    Duration drain;

    @Option(
            names = "--kill-after",
            paramLabel = "D",
            description = "How long after TERM a worker is killed. Default: 5s")
    Duration killAfter;

    @Option(
            names = "--stop-signal",
            paramLabel = "S",
            description = "What tells a COMMAND that inherits its sockets (exec) to finish. Default: SIGTERM")
    String stopSignal;

    @Option(
            names = "--backoff-first",
            paramLabel = "D",
            description =
                    "How long to wait before COMMAND is restarted when it dies; doubles each time." + " Default: 100ms")
    Duration firstBackoff;

    @Option(names = "--backoff-most", paramLabel = "D", description = "The longest of these waits. Default: 30s")
    Duration longestBackoff;

    @Option(
            names = "--hooks-deadline",
            paramLabel = "D",
            description = "How long the file's [hooks].command may take; then it is killed. Default: 5s")
    Duration hooksDeadline;

    @Option(
            names = "--control",
            paramLabel = "PATH",
            description = "The control socket, where it is not to be the one in the runtime directory.")
    Path control;

    @Option(
            names = "--control-http",
            paramLabel = "ADDRESS",
            description = "Control it over TCP too, like 127.0.0.1:9180: dashboard, metrics and API, behind tokens"
                    + " that are made in the runtime directory. Default: not at all")
    String controlHttp;

    @Option(
            names = "--control-read-token-file",
            paramLabel = "PATH",
            description = "The file with the token that reads, instead of one that is made.")
    Path readTokenFile;

    @Option(
            names = "--control-act-token-file",
            paramLabel = "PATH",
            description = "The file with the token that acts, instead of one that is made.")
    Path actTokenFile;

    @Parameters(arity = "0..*", paramLabel = "COMMAND", hidden = true)
    List<String> command = List.of();
}
