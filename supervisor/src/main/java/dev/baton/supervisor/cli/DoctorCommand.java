package dev.baton.supervisor.cli;

import dev.baton.supervisor.config.AppName;
import dev.baton.supervisor.doctor.Doctor;
import dev.baton.supervisor.doctor.Finding;
import dev.baton.supervisor.doctor.Finding.Level;
import dev.baton.supervisor.json.Json;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "doctor",
        header = "Look whether this machine can do it.",
        customSynopsis = "baton doctor [--app A] [--json]",
        description = {
            "",
            "Looks at the kernel, the JDK, native calls, limits, /proc and the runtime"
                    + " directory, changes nothing, and tells the remedy for whatever is not as it"
                    + " should be. A warning is about load or accidents; with a failure Baton does"
                    + " not work here."
        },
        exitCodeListHeading = ExitCode.LIST_HEADING,
        exitCodeList = {
            " 0:nothing fails; there may be warnings",
            ExitCode.LIST_UNWRITTEN,
            " 2:something fails",
            ExitCode.LIST_BUG
        })
final class DoctorCommand implements Callable<Integer> {
    private static final int NAME = 12;

    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec;

    @Option(names = "--app", paramLabel = "A", description = "The application whose runtime directory to look at.")
    private String app = AppName.DEFAULT;

    @Option(names = "--json", description = "Show it as JSON.")
    private boolean json;

    DoctorCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        try {
            AppName.check(app);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        }
        List<Finding> findings =
                Doctor.ofThisMachine(surroundings.directories().forNew(app)).findings();
        if (json) {
            surroundings
                    .terminal()
                    .out()
                    .println(Json.write(
                            findings.stream().map(DoctorCommand::json).toList()));
        } else {
            print(findings, surroundings.terminal());
        }
        return count(findings, Level.FAIL) > 0 ? ExitCode.USAGE : ExitCode.DONE;
    }

    private static Map<String, Object> json(Finding finding) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", finding.name());
        json.put("level", word(finding.level()));
        json.put("says", finding.says());
        json.put("remedy", finding.remedy().isEmpty() ? null : finding.remedy());
        return json;
    }

    static void print(List<Finding> findings, Terminal terminal) {
        PrintStream out = terminal.out();
        String indent = " ".repeat("  warn  ".length() + NAME + 2);
        for (Finding finding : findings) {
            String head = String.format("  %-4s  %-" + NAME + "s  ", word(finding.level()), finding.name());
            List<String> lines = Table.wrap(finding.says(), head, indent, Terminal.WIDTH);
            // Coloured after the wrapping, which counts characters.
            out.println("  " + coloured(finding.level(), terminal)
                    + lines.get(0).substring(2 + word(finding.level()).length()));
            lines.stream().skip(1).forEach(out::println);
            if (!finding.remedy().isEmpty()) {
                terminal.print("→ " + finding.remedy(), indent, indent + "  ");
            }
        }
        long failures = count(findings, Level.FAIL);
        long warnings = count(findings, Level.WARN);
        String verdict =
                failures > 0 ? terminal.bad("Baton does not work here yet") : terminal.good("Baton works here");
        out.println(verdict + ": " + counted(failures, "failure") + ", " + counted(warnings, "warning"));
    }

    private static String coloured(Level level, Terminal terminal) {
        return switch (level) {
            case OK -> terminal.good(word(level));
            case WARN -> terminal.strong(word(level));
            case FAIL -> terminal.bad(word(level));
        };
    }

    private static String word(Level level) {
        return level.name().toLowerCase(Locale.ROOT);
    }

    private static String counted(long count, String noun) {
        return (count == 0 ? "no " : count + " ") + noun + (count == 1 ? "" : "s");
    }

    private static long count(List<Finding> findings, Level level) {
        return findings.stream().filter(finding -> finding.level() == level).count();
    }
}
