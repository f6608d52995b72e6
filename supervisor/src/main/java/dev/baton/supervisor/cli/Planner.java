package dev.baton.supervisor.cli;

import dev.baton.handover.ListenAddress;
import dev.baton.handover.ListenerSpec;
import dev.baton.supervisor.OwnVariables;
import dev.baton.supervisor.Settings;
import dev.baton.supervisor.Signal;
import dev.baton.supervisor.WarmUp;
import dev.baton.supervisor.Wrap;
import dev.baton.supervisor.config.Accounts;
import dev.baton.supervisor.config.AppName;
import dev.baton.supervisor.config.CacheDirectory;
import dev.baton.supervisor.config.Configuration;
import dev.baton.supervisor.config.ConfigurationException;
import dev.baton.supervisor.config.ConfigurationFile;
import dev.baton.supervisor.config.ControlHttp;
import dev.baton.supervisor.config.HookCommand;
import dev.baton.supervisor.config.RuntimeDirectories;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What the options of {@code baton run} and its configuration file mean together, the options winning: for whoever runs
 * it, and for whoever only looks at the file.
 */
record Planner(RuntimeDirectories directories, RunOptions options) {
    /**
     * As the file is now, every bit of it checked.
     *
     * @throws IllegalArgumentException where the options are wrong, or the two do not go together
     */
    Plan plan() throws ConfigurationException {
        List<ListenerSpec> listeners = listeners();
        Configuration file = options.config == null
                ? Configuration.NONE
                : new ConfigurationFile(options.config, OwnVariables.asFound(System.getenv()))
                        .read(new ConfigurationFile.Elsewhere(
                                !listeners.isEmpty(),
                                !options.command.isEmpty(),
                                Optional.ofNullable(options.warmUpListener)));
        if (options.config == null && listeners.isEmpty()) {
            throw wrong("no listener; give at least one, like --listen http=:8080");
        }
        if (options.config == null && options.command.isEmpty()) {
            throw wrong("no command; put it at the end, like -- java -jar shop.jar");
        }
        if (options.directory != null && !Files.isDirectory(options.directory)) {
            throw wrong("--directory " + options.directory + ": there is no such directory");
        }
        requireSome("--ready-timeout", options.readyTimeout, "nothing gets ready in no time");
        requireSome("--warm-up-timeout", options.warmUpTimeout, "nothing gets warm in no time");
        requireSome("--hooks-deadline", options.hooksDeadline, "nothing is done in no time");
        Settings settings = settings(file, listeners);
        if (settings.firstBackoff().compareTo(settings.longestBackoff()) > 0) {
            throw wrong("--backoff-first is longer than --backoff-most");
        }
        settings.check()
                .ifPresent(check ->
                        requireListener(settings, options.config + ": ready.check.listener", check.listener()));
        settings.warmUp()
                .ifPresent(warmUp -> requireListener(
                        settings,
                        options.warmUpListener != null ? "--warm-up-listener" : options.config + ": warm-up.listener",
                        warmUp.listener()));
        return new Plan(
                settings,
                RuntimeDirectories.controlSocket(settings.runtimeDirectory()),
                Optional.ofNullable(options.control).map(Path::toAbsolutePath).or(file::controlSocket),
                file.allowUsers(),
                http(file),
                hook(file),
                options.command.isEmpty());
    }

    private static void requireSome(String option, Duration duration, String why) {
        if (duration != null && duration.isZero()) {
            throw wrong(option + " is zero, and " + why);
        }
    }

    private static void requireListener(Settings settings, String where, String name) {
        if (settings.listeners().stream().noneMatch(listener -> listener.name().equals(name))) {
            throw wrong(where + " = \"" + name + "\", and no listener is called that");
        }
    }

    private Settings settings(Configuration file, List<ListenerSpec> listeners) {
        String name = Optional.ofNullable(options.app).or(file::app).orElse(AppName.DEFAULT);
        Path home = directories.forNew(AppName.check(name));
        RuntimeDirectories.requireShortEnough(RuntimeDirectories.controlSocket(home));
        Map<String, String> variables = new LinkedHashMap<>(file.environment());
        variables.putAll(options.environment);
        Optional<Settings.User> user = Accounts.worker(user(file), group(file));
        return new Settings(
                name,
                options.command.isEmpty() ? file.command() : options.command,
                Optional.ofNullable(options.directory).map(Path::toAbsolutePath).or(file::directory),
                variables,
                merged(file.listeners(), listeners),
                first(options.readyTimeout, file.readyTimeout(), Settings.READY_TIMEOUT),
                first(options.bake, file.bake(), Settings.BAKE),
                first(options.drain, file.drain(), Settings.DRAIN),
                first(options.killAfter, file.killAfter(), Settings.KILL_AFTER),
                first(options.firstBackoff, file.firstBackoff(), Settings.FIRST_BACKOFF),
                first(options.longestBackoff, file.longestBackoff(), Settings.LONGEST_BACKOFF),
                file.check(),
                warmUp(file),
                home,
                user,
                wrap(file),
                Optional.ofNullable(options.readyAfter).or(file::readyAfter),
                stopSignal(file),
                Optional.ofNullable(options.cache).orElse(file.cache())
                        ? Optional.of(CacheDirectory.ofThisProcess(name, user))
                        : Optional.empty());
    }

    private Optional<Settings.User> user(Configuration file) {
        if (options.user == null) {
            return file.user();
        }
        return Optional.of(Accounts.OF_THIS_MACHINE
                .user(options.user)
                .orElseThrow(() -> wrong("--user " + options.user + ": there is no such user here")));
    }

    private Optional<Integer> group(Configuration file) {
        if (options.group == null) {
            return file.group();
        }
        return Optional.of(Accounts.OF_THIS_MACHINE
                .group(options.group)
                .orElseThrow(() -> wrong("--group " + options.group + ": there is no such group here")));
    }

    private Wrap wrap(Configuration file) {
        if (options.wrap == null) {
            return file.wrap().orElse(Wrap.AUTO);
        }
        return Wrap.named(options.wrap)
                .orElseThrow(() -> wrong("--wrap " + options.wrap + ": there is no such choice; give one of "
                        + String.join(", ", Wrap.texts())));
    }

    private Signal stopSignal(Configuration file) {
        if (options.stopSignal == null) {
            return file.stopSignal().orElse(Signal.TERM);
        }
        return Signal.named(options.stopSignal)
                .orElseThrow(() -> wrong("--stop-signal " + options.stopSignal
                        + ": there is no such choice; give one of " + String.join(", ", Signal.texts())));
    }

    private Optional<WarmUp> warmUp(Configuration file) {
        if (options.warmUpCount == null && options.warmUpTimeout == null && options.warmUpListener == null) {
            return file.warmUp();
        }
        WarmUp warmUp = file.warmUp()
                .orElseThrow(() -> wrong("--warm-up-count, -timeout and -listener have no effect without requests;"
                        + " write [warm-up] and requests = [\"GET /\"] into the file of --config"));
        return Optional.of(new WarmUp(
                warmUp.listener(), // the option's, where it names one
                warmUp.requests(),
                options.warmUpCount == null ? warmUp.count() : count(options.warmUpCount),
                options.warmUpTimeout == null ? warmUp.timeout() : options.warmUpTimeout));
    }

    private static OptionalInt count(String text) {
        if (text.equals(WarmUp.SETTLED)) {
            return OptionalInt.empty();
        }
        if (!text.matches("0*[1-9]\\d{0,8}")) {
            throw wrong("--warm-up-count " + text + ": write a number like 200, or " + WarmUp.SETTLED);
        }
        return OptionalInt.of(Integer.parseInt(text));
    }

    private Optional<HookCommand> hook(Configuration file) {
        if (options.hooksDeadline == null) {
            return file.hook();
        }
        HookCommand hook = file.hook()
                .orElseThrow(() -> wrong("--hooks-deadline has no effect without a command; write [hooks] and"
                        + " command = [\"/usr/local/bin/tell-chat\"] into the file of --config"));
        return Optional.of(new HookCommand(hook.command(), options.hooksDeadline));
    }

    private Optional<ControlHttp> http(Configuration file) {
        Optional<ControlHttp> http = address()
                .map(address ->
                        file.controlHttp().map(said -> said.movedTo(address)).orElseGet(() -> ControlHttp.at(address)))
                .or(file::controlHttp);
        if (http.isEmpty() && (options.readTokenFile != null || options.actTokenFile != null)) {
            throw wrong("--control-read-token-file and --control-act-token-file have no effect without control.http;"
                    + " give --control-http 127.0.0.1:9180, or leave them out");
        }
        return http.map(said -> new ControlHttp(
                said.address(),
                said.hosts(),
                Optional.ofNullable(options.readTokenFile)
                        .map(Path::toAbsolutePath)
                        .or(said::readToken),
                Optional.ofNullable(options.actTokenFile)
                        .map(Path::toAbsolutePath)
                        .or(said::actToken)));
    }

    private Optional<InetSocketAddress> address() {
        if (options.controlHttp == null) {
            return Optional.empty();
        }
        try {
            if (ListenAddress.parse(options.controlHttp) instanceof ListenAddress.Inet inet) {
                return Optional.of(inet.address());
            }
        } catch (IllegalArgumentException e) {
            throw wrong("--control-http " + options.controlHttp + ": " + e.getMessage());
        }
        throw wrong("--control-http " + options.controlHttp
                + ": it is no address of TCP; write something like 127.0.0.1:9180");
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
                        throw wrong("listener " + listener + ": " + other
                                + " is in its way; give each an address of its own");
                    });
            merged.add(listener);
        }
        return merged;
    }

    private List<ListenerSpec> listeners() {
        List<ListenerSpec> listeners = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (String text : options.listen) {
            ListenerSpec listener = ListenerSpec.parse(text);
            if (!names.add(listener.name())) {
                throw wrong("two listeners are called " + listener.name());
            }
            listeners.add(listener);
        }
        return listeners;
    }

    private static IllegalArgumentException wrong(String message) {
        return new IllegalArgumentException(message);
    }
}
