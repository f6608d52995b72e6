package dev.baton.supervisor.config;

import dev.baton.handover.ListenAddress;
import dev.baton.handover.ListenerSpec;
import dev.baton.supervisor.Check;
import dev.baton.supervisor.NativeText;
import dev.baton.supervisor.Settings;
import dev.baton.supervisor.Signal;
import dev.baton.supervisor.WarmUp;
import dev.baton.supervisor.Wrap;
import java.net.InetSocketAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Every key that a configuration file may have, and what it means.
 *
 * @param file whose directory relative paths count from
 */
record Keys(Path file, Accounts accounts) {
    private static final String END = ".toml";
    private static final String COMMAND = "[\"java\", \"-jar\", \"shop.jar\"], word by word; there is no shell";
    private static final String CHECK = "check = { listener = \"http\", path = \"/health\" }";

    private static final Set<String> TOP = Set.of(
            "name",
            "command",
            "directory",
            "environment",
            "wrap",
            "user",
            "group",
            "listen",
            "start",
            "ready",
            WarmUpTable.NAME,
            "upgrade",
            "restart",
            "hooks",
            "control");
    private static final Map<String, Set<String>> TABLES = Map.of(
            "start",
            Set.of("cache"),
            "ready",
            Set.of("timeout", "after", "check"),
            WarmUpTable.NAME,
            WarmUpTable.KEYS,
            "upgrade",
            Set.of("bake", "drain", "stop-signal", "kill-after"),
            "restart",
            Set.of("backoff"),
            "hooks",
            Set.of("command", "deadline"),
            "control",
            Set.of("socket", "allow-users", "http", "http-hosts", "read-token-file", "act-token-file"));

    /** The whole names of all keys, tables and what is in them. */
    static final List<String> EVERYWHERE = Stream.concat(
                    TOP.stream().sorted(),
                    TABLES.entrySet().stream()
                            .flatMap(table -> table.getValue().stream().map(key -> table.getKey() + "." + key))
                            .sorted())
            .toList();

    Configuration read(Section top, ConfigurationFile.Elsewhere elsewhere) {
        top.allow(TOP, EVERYWHERE);
        Section ready = table(top, "ready");
        Section upgrade = table(top, "upgrade");
        Section control = table(top, "control");
        Optional<Duration> readyTimeout = some(ready, "timeout", "nothing gets ready in no time", "60s");
        Set<String> names = top.section("listen").keys();
        Optional<Check> check = check(ready, names, elsewhere.listener());
        Optional<WarmUp> warmUp = new WarmUpTable(top, table(top, WarmUpTable.NAME), names, elsewhere).read(check);
        Backoff backoff = backoff(table(top, "restart"));
        return new Configuration(
                app(top),
                command(top, elsewhere.command()),
                top.text("directory", "a path", this::path),
                environment(top),
                wrap(top),
                listeners(top, elsewhere.listener()),
                readyTimeout,
                duration(ready, "after"),
                check,
                warmUp,
                duration(upgrade, "bake"),
                duration(upgrade, "drain"),
                duration(upgrade, "kill-after"),
                upgrade.text("stop-signal", "a text", Keys::signal),
                backoff.first,
                backoff.most,
                control.text("socket", "a path", this::socket),
                allowUsers(control),
                top.text("user", "a user's name", this::user),
                top.text("group", "a group's name", this::group),
                http(control),
                hook(top),
                cache(top));
    }

    private static Section table(Section top, String name) {
        Section section = top.section(name);
        section.allow(TABLES.get(name), EVERYWHERE);
        return section;
    }

    private static Optional<Wrap> wrap(Section top) {
        return top.text(
                "wrap",
                "a text",
                text -> Wrap.named(text)
                        .orElseThrow(() -> new Wrong(
                                "there is no such choice",
                                Spelling.nearest(text, Wrap.texts())
                                        .map(near -> "did you mean \"" + near + "\"?")
                                        .orElse("write one of " + String.join(", ", Wrap.texts())))));
    }

    private static Signal signal(String text) throws Wrong {
        return Signal.named(text)
                .orElseThrow(() ->
                        new Wrong("there is no such choice", "write one of " + String.join(", ", Signal.texts())));
    }

    // ---- the program ----

    private Optional<String> app(Section top) {
        if (top.has("name")) {
            return top.text("name", "a text", Keys::appName);
        }
        String name = String.valueOf(file.getFileName());
        try {
            return Optional.of(appName(name.endsWith(END) ? name.substring(0, name.length() - END.length()) : name));
        } catch (Wrong e) {
            return Optional.empty();
        }
    }

    private static String appName(String text) throws Wrong {
        try {
            return AppName.check(text);
        } catch (IllegalArgumentException e) {
            throw new Wrong(
                    "it cannot be an application's name",
                    "begin with a letter or a digit; up to 63 letters, digits, . _ and - may follow");
        }
    }

    private static List<String> command(Section top, boolean elsewhere) {
        if (!top.has("command")) {
            if (!elsewhere) {
                top.wrong("command", "there is no command", "nothing could be started", "write command = " + COMMAND);
            }
            return List.of();
        }
        List<String> command =
                top.texts("command", "a text", COMMAND, text -> text).orElse(List.of("?"));
        if (command.isEmpty() || command.get(0).isEmpty()) {
            top.wrong("command", "command is empty", "nothing could be started", "write " + COMMAND);
        }
        return command;
    }

    private static Optional<HookCommand> hook(Section top) {
        Section hooks = table(top, "hooks");
        if (!top.has("hooks")) {
            return Optional.empty();
        }
        String example = "command = [\"/usr/local/bin/tell-chat\"]";
        List<String> command =
                hooks.texts("command", "a text", example, text -> text).orElse(List.of());
        if (command.isEmpty() || command.get(0).isEmpty()) {
            hooks.wrong("command", "hooks.command is empty", "nothing could be run", "write " + example);
        }
        Optional<Duration> deadline = some(hooks, "deadline", "nothing is done in no time", "5s");
        return Optional.of(new HookCommand(command, deadline.orElse(HookCommand.DEADLINE)));
    }

    private static boolean cache(Section top) {
        return table(top, "start").truth("cache").orElse(false);
    }

    private static Map<String, String> environment(Section top) {
        Section section = top.section("environment");
        for (String name : section.keys()) {
            if (name.isEmpty()
                    || name.indexOf('=') >= 0
                    || NativeText.obstacle(name).isPresent()) {
                section.wrongKey(
                        name,
                        "\"" + name + "\" in [environment]",
                        "no variable can be called that",
                        "choose another name");
            }
        }
        return section.texts();
    }

    private Path path(String text) throws Wrong {
        try {
            if (text.isEmpty()) {
                throw new Wrong("it is empty", "write a path, or leave it out");
            }
            return file.resolveSibling(text).normalize();
        } catch (InvalidPathException e) {
            throw new Wrong(e.getReason(), "write a path");
        }
    }

    // ---- the listeners ----

    private static List<ListenerSpec> listeners(Section top, boolean elsewhere) {
        Section section = top.section("listen");
        if (section.keys().isEmpty()) {
            if (!elsewhere) {
                top.wrong(
                        "listen",
                        "there is no listener",
                        "nobody could connect",
                        "write [listen], and below it http = \"0.0.0.0:8080\"");
            }
            return List.of();
        }
        List<ListenerSpec> listeners = new ArrayList<>();
        for (String name : section.keys()) {
            Optional<ListenerSpec> listener = listener(section, name);
            listener.ifPresent(spec -> {
                listeners.stream()
                        .filter(other -> other.address().isInTheWayOf(spec.address()))
                        .forEach(other -> section.wrong(
                                name,
                                "listen." + name + " = \"" + spec.address().text() + "\"",
                                "listen." + other.name() + " = \""
                                        + other.address().text() + "\" is in its way",
                                "give each an address of its own"));
                listeners.add(spec);
            });
        }
        return listeners;
    }

    private static Optional<ListenerSpec> listener(Section section, String name) {
        Optional<ListenAddress> address;
        Optional<Integer> backlog = Optional.empty();
        if (section.isTable(name)) {
            Section table = section.section(name);
            table.allow(Set.of("address", "backlog"), List.of());
            backlog = table.number("backlog", 1, "write something like 4096, or leave it out");
            address = table.text("address", "an address", Keys::address);
            if (!table.has("address")) {
                section.wrong(
                        name,
                        "listen." + name + " has no address",
                        "nobody could connect",
                        "write address = \"0.0.0.0:8080\"");
            }
        } else {
            address = section.text(name, "an address", Keys::address);
        }
        if (address.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new ListenerSpec(name, address.get(), backlog.orElse(ListenerSpec.DEFAULT_BACKLOG)));
        } catch (IllegalArgumentException e) {
            section.wrongKey(
                    name,
                    "\"" + name + "\" in [listen]",
                    "it cannot be a listener's name",
                    "begin with a small letter; small letters, digits and - may follow");
            return Optional.empty();
        }
    }

    private static ListenAddress address(String text) throws Wrong {
        try {
            return ListenAddress.parse(text);
        } catch (IllegalArgumentException e) {
            // "not an address: "TEXT": WHY", and perhaps "; REMEDY"
            String[] why = e.getMessage()
                    .replace("not an address: \"" + text + "\": ", "")
                    .split("; ", 2);
            throw new Wrong(
                    why[0],
                    why.length > 1
                            ? why[1]
                            : "write something like 127.0.0.1:8080, [::]:8080, :8080 or unix:/run/shop.sock");
        }
    }

    // ---- the check ----

    private static Optional<Check> check(Section ready, Set<String> names, boolean listenersElsewhere) {
        Section check = ready.section("check");
        if (!ready.isTable("check")) {
            return Optional.empty();
        }
        check.allow(Set.of("listener", "path", "status"), List.of());
        for (String key : List.of("listener", "path")) {
            if (!check.has(key)) {
                ready.wrong("check", "ready.check has no " + key, "nobody could be asked", "write " + CHECK);
            }
        }
        Optional<String> listener =
                check.text("listener", "a listener's name", name -> known(name, names, listenersElsewhere));
        Optional<String> path = check.text("path", "a path", Keys::askedPath);
        int status = check.number("status", 200, "write something like 200, or leave it out")
                .orElse(200);
        if (status > 599) {
            check.wrong("status", "ready.check.status = " + status, "no answer has such a status", "write 200");
        }
        return listener.flatMap(name -> path.map(asked -> new Check(name, asked, status)));
    }

    /** A listener's name, if there is one of that name. */
    static String known(String name, Set<String> names, boolean listenersElsewhere) throws Wrong {
        if (names.contains(name) || listenersElsewhere) {
            return name;
        }
        throw new Wrong(
                "no listener is called that",
                Spelling.nearest(name, names)
                        .map(near -> "did you mean \"" + near + "\"?")
                        .orElse("name one of those in [listen]"));
    }

    private static String askedPath(String text) throws Wrong {
        if (Check.isPath(text)) {
            return text;
        }
        throw new Wrong(
                "it is no path that can be asked for",
                "begin with a slash, and write what is neither ASCII nor visible as %XX, like /health");
    }

    // ---- times ----

    private record Backoff(Optional<Duration> first, Optional<Duration> most) {}

    private static Backoff backoff(Section restart) {
        Section backoff = restart.section("backoff");
        backoff.allow(Set.of("first", "most"), List.of());
        Backoff both = new Backoff(duration(backoff, "first"), duration(backoff, "most"));
        Duration first = both.first.orElse(Settings.FIRST_BACKOFF);
        Duration most = both.most.orElse(Settings.LONGEST_BACKOFF);
        if (first.compareTo(most) > 0) {
            restart.wrong(
                    "backoff",
                    "restart.backoff begins with " + DurationText.spoken(first),
                    "that is more than its most, " + DurationText.spoken(most),
                    "let first be the shorter one");
        }
        return both;
    }

    /** A duration that is more than zero. */
    static Optional<Duration> some(Section section, String key, String why, String example) {
        Optional<Duration> duration = duration(section, key);
        if (duration.filter(Duration::isZero).isPresent()) {
            section.wrong(key, section.name(key) + " is zero", why, "write something like \"" + example + "\"");
        }
        return duration;
    }

    private static Optional<Duration> duration(Section section, String key) {
        return section.text(key, "a duration", text -> {
            try {
                return DurationText.read(text);
            } catch (Wrong e) {
                throw DurationText.lacksItsUnit(text)
                        ? new Wrong("it lacks its unit", "write \"" + text + "s\" for seconds")
                        : new Wrong("it is " + e.getMessage(), e.remedy());
            }
        });
    }

    // ---- control ----

    private Path socket(String text) throws Wrong {
        try {
            return RuntimeDirectories.requireShortEnough(path(text));
        } catch (IllegalArgumentException e) {
            throw new Wrong(
                    "a unix socket's path has at most " + RuntimeDirectories.LONGEST_SOCKET_PATH + " bytes",
                    "choose a shorter one");
        }
    }

    private Optional<ControlHttp> http(Section control) {
        Optional<InetSocketAddress> address = control.text("http", "an address", Keys::inetAddress);
        List<String> hosts = control.texts("http-hosts", "a host's name", "[\"ops.example.com\"]", Keys::host)
                .orElse(List.of());
        Optional<Path> readToken = control.text("read-token-file", "a path", this::path);
        Optional<Path> actToken = control.text("act-token-file", "a path", this::path);
        if (!control.has("http")) {
            Stream.of("http-hosts", "read-token-file", "act-token-file")
                    .filter(control::has)
                    .forEach(key -> control.wrongKey(
                            key,
                            "control." + key + " without control.http",
                            "it would have no effect",
                            "write http = \"127.0.0.1:9180\", or take it out"));
        }
        return address.map(at -> new ControlHttp(at, Set.copyOf(hosts), readToken, actToken));
    }

    private static InetSocketAddress inetAddress(String text) throws Wrong {
        if (address(text) instanceof ListenAddress.Inet inet) {
            return inet.address();
        }
        throw new Wrong("it is no address of TCP", "write something like 127.0.0.1:9180");
    }

    private static String host(String text) throws Wrong {
        if (text.matches("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*")) {
            return text;
        }
        throw new Wrong("it is no host's name", "write the name alone, without http:// and without a port");
    }

    private Settings.User user(String name) throws Wrong {
        return known(accounts::user, name, "user");
    }

    private int group(String name) throws Wrong {
        return known(accounts::group, name, "group");
    }

    private static <T> T known(Function<String, Optional<T>> accounts, String name, String kind) throws Wrong {
        try {
            return accounts.apply(name)
                    .orElseThrow(() -> new Wrong("there is no such " + kind + " here", "create it, or take it out"));
        } catch (IllegalArgumentException e) {
            throw new Wrong(e.getMessage(), "see /etc/nsswitch.conf for who is asked");
        }
    }

    private List<Settings.User> allowUsers(Section control) {
        List<Settings.User> users = control.texts("allow-users", "a user's name", "[\"deploy\"]", this::user)
                .orElse(List.of());
        if (!users.isEmpty() && Accounts.groupsInCommon(users).isEmpty()) {
            control.wrong(
                    "allow-users",
                    "control.allow-users names "
                            + users.stream().map(Settings.User::name).collect(Collectors.joining(", ")),
                    "they have no group in common, and the control socket can have but one",
                    "make one, and put each of them into it: groupadd baton-users; usermod -aG baton-users NAME");
        }
        return users;
    }
}
