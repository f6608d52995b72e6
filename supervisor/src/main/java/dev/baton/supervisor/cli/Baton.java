package dev.baton.supervisor.cli;

import dev.baton.supervisor.config.DurationText;
import dev.baton.supervisor.config.Version;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Where the program begins: {@code baton COMMAND …}. */
@Command(
        name = "baton",
        header = "Zero-downtime upgrades for servers on the JVM.",
        customSynopsis = "baton COMMAND [OPTIONS]",
        description = {
            "",
            "A supervisor that outlives every version of your server. It holds the listening"
                    + " sockets, starts each new version beside the old one, proves it, moves the"
                    + " traffic over, and can move it back.",
            ""
        },
        synopsisHeading = "Usage: ",
        commandListHeading = "Commands:%n",
        footerHeading = "%nTo begin:%n",
        footer = {
            "  baton run --app shop --listen http=:8080 -- java -jar shop.jar",
            "  baton upgrade --app shop -- java -jar shop-2.jar",
            "",
            "Each command tells more with --help."
        },
        exitCodeListHeading = ExitCode.LIST_HEADING,
        exitCodeList = {
            ExitCode.LIST_DONE,
            ExitCode.LIST_FAILED,
            ExitCode.LIST_USAGE,
            ExitCode.LIST_REFUSED,
            ExitCode.LIST_NO_SUPERVISOR,
            ExitCode.LIST_BUG
        })
public final class Baton implements Runnable {
    /** Their exit codes tell what they have done, which is done whether or not it could be printed. */
    private static final Set<String> ACTING = Set.of("run", "upgrade", "rollback", "reexec", "stop");

    @Spec
    private CommandSpec spec;

    private Baton() {}

    public static void main(String[] arguments) {
        // Or a JDK that is replaced in place while a supervisor runs takes along what it starts processes by, a program
        // in
        // the JDK's directory, which serves its own version alone.
        System.setProperty("jdk.lang.Process.launchMechanism", "FORK");
        Surroundings surroundings = Surroundings.ofThisProcess();
        int exitCode;
        try {
            exitCode = execute(surroundings, arguments);
        } catch (RuntimeException | Error e) {
            exitCode = new Complaints(surroundings.terminal()).bug("baton", e);
        }
        System.exit(exitCode);
    }

    static int execute(Surroundings surroundings, String... arguments) {
        int exitCode = commandLine(surroundings, arguments).execute(arguments);
        Terminal terminal = surroundings.terminal();
        Optional<IOException> failure = terminal.out().failure();
        if (failure.isEmpty()) {
            return exitCode;
        }
        if (!terminal.out().isWithoutReader()) {
            terminal.complain(
                    "baton: standard output did not take all of it: "
                            + failure.get().getMessage(),
                    "is there room where it goes?");
        }
        return exitCode == ExitCode.DONE && !ACTING.contains(arguments[0]) ? ExitCode.FAILED : exitCode;
    }

    /**
     * The command line as these arguments need it. Describing a command to picocli costs more than running it, so that
     * where one is named, the others are left out.
     */
    static CommandLine commandLine(Surroundings surroundings, String... arguments) {
        Map<String, Function<Surroundings, Callable<Integer>>> commands = new LinkedHashMap<>();
        commands.put("run", RunCommand::new);
        commands.put("upgrade", UpgradeCommand::new);
        commands.put("rollback", RollbackCommand::new);
        commands.put("reexec", ReexecCommand::new);
        commands.put("status", StatusCommand::new);
        commands.put("events", EventsCommand::new);
        commands.put("stop", StopCommand::new);
        commands.put("check", CheckCommand::new);
        commands.put("doctor", DoctorCommand::new);
        commands.put("version", VersionCommand::new);
        if (arguments.length > 0 && commands.containsKey(arguments[0])) {
            commands.keySet().retainAll(Set.of(arguments[0]));
        }
        CommandLine baton = new CommandLine(new Baton());
        commands.values().forEach(command -> baton.addSubcommand(command.apply(surroundings)));
        addStandardOptions(baton);
        return configure(baton, surroundings.terminal());
    }

    private static void addStandardOptions(CommandLine baton) {
        for (CommandLine command : baton.getSubcommands().values()) {
            command.getCommandSpec().addOption(help()).usageMessage().optionListHeading("%nOptions:%n");
        }
        baton.getCommandSpec()
                .version("baton " + Version.current())
                .addOption(help())
                .addOption(OptionSpec.builder("--version")
                        .versionHelp(true)
                        .description("Show the version.")
                        .build());
    }

    private static CommandLine configure(CommandLine baton, Terminal terminal) {
        Complaints complaints = new Complaints(terminal);
        return baton.registerConverter(Duration.class, Baton::duration)
                .setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8))
                .setUsageHelpWidth(Terminal.WIDTH)
                .setColorScheme(Help.defaultColorScheme(terminal.coloured() ? Help.Ansi.ON : Help.Ansi.OFF))
                // @FILE is java's own way to read arguments from a file, and COMMAND's to use.
                .setExpandAtFiles(false)
                // What follows the first word of COMMAND is COMMAND's, with or without -- before it.
                .setStopAtPositional(true)
                .setParameterExceptionHandler(complaints)
                .setExecutionExceptionHandler(complaints);
    }

    private static OptionSpec help() {
        return OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Show this.")
                .build();
    }

    /** {@code baton} alone is a question. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say which command");
    }

    private static Duration duration(String text) {
        try {
            return DurationText.parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
