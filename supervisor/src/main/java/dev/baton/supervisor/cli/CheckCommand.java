package dev.baton.supervisor.cli;

import dev.baton.handover.ListenerSpec;
import dev.baton.supervisor.Preflight;
import dev.baton.supervisor.Settings;
import dev.baton.supervisor.StartException;
import dev.baton.supervisor.config.ConfigurationException;
import dev.baton.supervisor.config.DurationText;
import dev.baton.supervisor.config.Mistake;
import dev.baton.supervisor.config.Place;
import dev.baton.supervisor.json.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "check",
        header = "Check a configuration file, and touch nothing.",
        customSynopsis = "baton check --config FILE [--json]",
        description = {
            "",
            "Says every mistake in FILE with its line and column, what to do about it, and"
                    + " perhaps what was meant; or, where there is none, what baton run --config FILE"
                    + " would do. Nothing is bound, started or written."
        },
        exitCodeListHeading = ExitCode.LIST_HEADING,
        exitCodeList = {" 0:FILE is right", ExitCode.LIST_UNWRITTEN, " 2:FILE is wrong", ExitCode.LIST_BUG})
final class CheckCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Option(names = "--config", paramLabel = "FILE", required = true, description = "The configuration file (TOML).")
    private Path config;

    @Option(names = "--json", description = "Show the mistakes as JSON; an empty array where there is none.")
    private boolean json;

    CheckCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** All mistakes, each on a line of its own, as a failure of the command. */
    static CommandFailure failure(Path config, ConfigurationException wrong) {
        List<Mistake> mistakes = wrong.mistakes();
        String count = mistakes.size() == 1 ? "there is a mistake" : "there are " + mistakes.size() + " mistakes";
        return new CommandFailure(
                ExitCode.USAGE,
                count + " in " + config + "\n"
                        + mistakes.stream().map(Mistake::toString).collect(Collectors.joining("\n")),
                "",
                wrong);
    }

    @Override
    public Integer call() {
        Plan plan;
        try {
            plan = new Planner(surroundings.directories(), RunOptions.ofFile(config)).plan();
            Preflight.check(plan.settings());
        } catch (ConfigurationException e) {
            return wrong(e.mistakes(), failure(config, e));
        } catch (IllegalArgumentException e) {
            return wrong(List.of(nowhere(e)), new CommandFailure(ExitCode.USAGE, e.getMessage(), "", e));
        } catch (StartException e) {
            return wrong(
                    List.of(nowhere(e)), new CommandFailure(ExitCode.USAGE, config + ": " + e.getMessage(), "", e));
        }
        warn(plan.settings());
        if (json) {
            surroundings.terminal().out().println("[]");
        } else {
            print(plan);
        }
        return ExitCode.DONE;
    }

    private int wrong(List<Mistake> mistakes, CommandFailure failure) {
        if (!json) {
            throw failure;
        }
        surroundings
                .terminal()
                .out()
                .println(Json.write(mistakes.stream().map(CheckCommand::json).toList()));
        return ExitCode.USAGE;
    }

    /** What no single place of the file is to blame for is said in one text. */
    private Mistake nowhere(Exception e) {
        return new Mistake(config.toString(), Place.NONE, e.getMessage(), "", "");
    }

    private static Map<String, Object> json(Mistake mistake) {
        boolean placed = mistake.place() != Place.NONE;
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("file", mistake.file());
        json.put("line", placed ? mistake.place().line() : null);
        json.put("column", placed ? mistake.place().column() : null);
        json.put("what", mistake.what());
        json.put("why", mistake.why().isEmpty() ? null : mistake.why());
        json.put("remedy", mistake.remedy().isEmpty() ? null : mistake.remedy());
        return json;
    }

    /** Whoever looks at the file need not be whoever starts the supervisor: this one may be root. */
    private void warn(Settings settings) {
        try {
            Preflight.requireBecoming(settings);
        } catch (StartException e) {
            surroundings.terminal().complain(config + ": warning: " + e.getMessage(), "");
        }
    }

    private void print(Plan plan) {
        Settings settings = plan.settings();
        Terminal terminal = surroundings.terminal();
        terminal.out().println(terminal.good("right") + ": " + config);
        fact("app", settings.app());
        fact("command", String.join(" ", settings.command()));
        fact("wrap", settings.wrap().text());
        settings.directory().ifPresent(directory -> fact("directory", directory.toString()));
        settings.user().ifPresent(user -> fact("user", user.name() + ", group " + user.group()));
        if (!settings.environment().isEmpty()) {
            // Only the names: the values may be secrets.
            fact(
                    "environment",
                    String.join(", ", new TreeSet<>(settings.environment().keySet())));
        }
        for (ListenerSpec listener : settings.listeners()) {
            fact("listens", listener.name() + " on " + listener.address().text() + ", backlog " + listener.backlog());
        }
        String checked = settings.check()
                .map(check -> ", " + check + " answering " + check.status())
                .orElse("");
        fact("ready", "within " + spoken(settings.readyTimeout()) + checked);
        settings.warmUp().ifPresent(warmUp -> fact("warm-up", warmUp + ", within " + spoken(warmUp.timeout())));
        fact(
                "upgrade",
                "bakes " + spoken(settings.bake()) + ", drains up to " + spoken(settings.drain()) + ", is killed "
                        + spoken(settings.killAfter()) + " after TERM");
        fact(
                "restart",
                "after " + spoken(settings.firstBackoff()) + ", doubled up to " + spoken(settings.longestBackoff()));
        fact("control", plan.control().toString());
        if (!plan.allowed().isEmpty()) {
            fact("allowed", plan.allowed().stream().map(Settings.User::name).collect(Collectors.joining(", ")));
        }
        plan.http()
                .ifPresent(http ->
                        fact("http", Foreground.url(http.address()) + ", with a token that reads and one that acts"));
    }

    private void fact(String name, String value) {
        String head = String.format("  %-11s  ", name);
        surroundings.terminal().print(value, head, " ".repeat(head.length()));
    }

    private static String spoken(Duration duration) {
        return DurationText.spoken(duration);
    }
}
