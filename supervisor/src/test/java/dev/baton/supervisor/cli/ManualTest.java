package dev.baton.supervisor.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The manual page and the README know every command, and every exit code with what each command means by it. */
class ManualTest {
    private static final String MANUAL = read("systemd/man/baton.1").replace("\\-", "-");
    private static final String README = read("README.md");

    private static String read(String file) {
        try {
            return Files.readString(Path.of("..", file));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, CommandLine> commands() {
        Map<String, CommandLine> commands =
                new TreeMap<>(Baton.commandLine(Surroundings.ofThisProcess()).getSubcommands());
        commands.values()
                .removeIf(command -> command.getCommandSpec().usageMessage().hidden());
        return commands;
    }

    private static String section(String name) {
        String behind = MANUAL.split("\n\\.SH " + name + "\n", 2)[1];
        return behind.split("\n\\.SH ", 2)[0] + "\n";
    }

    @Test
    void theSynopsisHasEveryCommand() {
        String synopsis = section("SYNOPSIS").replaceAll("\\\\f.", "");
        assertAll(commands().keySet().stream()
                .map(name -> () -> assertTrue(
                        Pattern.compile("^\\.B baton (\\S+\\|)?" + name + "\\b", Pattern.MULTILINE)
                                .matcher(synopsis)
                                .find(),
                        name)));
    }

    @Test
    void everyCommandIsDescribed() {
        String described = section("COMMANDS");
        assertAll(commands().keySet().stream()
                .map(name -> () -> assertTrue(("\n" + described).contains("\n.B " + name + "\n"), name)));
    }

    @Test
    void everyExitCodeIsTold() {
        Set<String> codes = new TreeSet<>();
        commands().values().forEach(command -> codes.addAll(exitCodes(command).keySet()));
        assertEquals(codes, rows(section("EXIT STATUS")));
        assertEquals(codes, rows(README.replaceAll("(?m)^\\| (\\d+) \\|", "$1|")));
    }

    private static Map<String, String> exitCodes(CommandLine command) {
        Map<String, String> codes = new TreeMap<>();
        command.getCommandSpec().usageMessage().exitCodeList().forEach((code, text) -> codes.put(code.strip(), text));
        return codes;
    }

    private static Set<String> rows(String table) {
        return Pattern.compile("^(\\d+)\\|", Pattern.MULTILINE)
                .matcher(table)
                .results()
                .map(row -> row.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** But for those that fail alike: whatever they are told, they cannot write it. */
    @Test
    void failureOfEveryCommandIsTold() {
        String told = section("EXIT STATUS").replaceAll("(?s).*\n1\\|(.*?)\n2\\|.*", "$1");
        String inReadme = README.replaceAll("(?s).*\n\\| 1 \\| (.*?)\n.*", "$1");
        assertAll(commands().entrySet().stream()
                .filter(command -> failsInItsOwnWay(command.getValue()))
                .map(Map.Entry::getKey)
                .map(name -> () -> assertAll(
                        () -> assertTrue(told.contains("of " + name + ":"), told),
                        () -> assertTrue(inReadme.contains("of `" + name + "`:"), inReadme))));
    }

    private static boolean failsInItsOwnWay(CommandLine command) {
        String failure = exitCodes(command).get("1");
        return failure != null && !ExitCode.LIST_UNWRITTEN.endsWith(failure);
    }
}
