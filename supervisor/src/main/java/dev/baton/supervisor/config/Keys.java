package dev.baton.supervisor.config;

import dev.baton.supervisor.Check;
import dev.baton.supervisor.NativeText;
import dev.baton.supervisor.Settings;
import dev.baton.supervisor.Signal;
import dev.baton.supervisor.WarmUp;
import dev.baton.supervisor.Wrap;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
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
            ListenTable.NAME,
            "start",
            "ready",
            WarmUpTable.NAME,
            "upgrade",
            "restart",
            "hooks",
            ControlTable.NAME);
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
            ControlTable.NAME,
            ControlTable.KEYS);

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
        ListenTable listen = new ListenTable(top, top.section(ListenTable.NAME), elsewhere.listener());
        ControlTable control = new ControlTable(table(top, ControlTable.NAME), this::path, this::user);
        Optional<Duration> readyTimeout = some(ready, "timeout", "nothing gets ready in no time", "60s");
        Optional<Check> check = check(ready, listen);
        Optional<WarmUp> warmUp =
                new WarmUpTable(top, table(top, WarmUpTable.NAME), listen, elsewhere.warmUpListener()).read(check);
        Backoff backoff = backoff(table(top, "restart"));
        return new Configuration(
                app(top),
                command(top, elsewhere.command()),
                top.text("directory", "a path", this::path),
                environment(top),
                wrap(top),
                listen.read(),
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
                control.socket(),
                control.allowUsers(),
                top.text("user", "a user's name", this::user),
                top.text("group", "a group's name", this::group),
                control.http(),
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

    // ---- the check ----

    private static Optional<Check> check(Section ready, ListenTable listen) {
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
        Optional<String> listener = check.text("listener", "a listener's name", listen::known);
        Optional<String> path = check.text("path", "a path", Keys::askedPath);
        int status = check.number("status", 200, "write something like 200, or leave it out")
                .orElse(200);
        if (status > 599) {
            check.wrong("status", "ready.check.status = " + status, "no answer has such a status", "write 200");
        }
        return listener.flatMap(name -> path.map(asked -> new Check(name, asked, status)));
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

    // ---- users ----

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
}
