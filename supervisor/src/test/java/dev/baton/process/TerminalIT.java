package dev.baton.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What an operator sees on a terminal, and what is left there afterwards. */
@ExtendWith(OutputOnFailure.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class TerminalIT {
    private static final String ENTER = "\u001b[?1049h\u001b[?25l";
    private static final String LEAVE = "\u001b[?25h\u001b[?1049l";

    @Test
    void watchedStatusFollowsAnUpgradeAndGivesTheScreenBackAfterCtrlC() throws Exception {
        try (RunningBaton baton = RunningBaton.builder().start();
                PseudoTerminal terminal =
                        new PseudoTerminal(baton.directory(), 40, 10, baton("status", "--watch", "--app", "it"))) {
            terminal.awaitShown("    1  active");
            assertEquals("upgraded", baton.upgrade("v2").text("outcome"));
            terminal.awaitShown("    2  active");
            terminal.interrupt();
            String shown = terminal.whole();

            assertTrue(shown.contains(ENTER), shown);
            assertTrue(shown.endsWith(LEAVE), shown);
            assertEquals(shown.indexOf(LEAVE), shown.lastIndexOf(LEAVE), shown);
            String pages = shown.substring(shown.indexOf(ENTER) + ENTER.length(), shown.indexOf(LEAVE));
            for (String row : pages.split("\u001b\\[H|\r?\n")) {
                String text = row.replaceAll("\u001b\\[[0-9;]*[a-zA-Z]|\\^C|\r", "");
                assertTrue(text.length() <= 40, text.length() + " columns: " + text);
            }
        }
    }

    @Test
    void upgradeIsDrawnOnATerminalAndPlainInAPipe() throws Exception {
        try (RunningBaton baton = RunningBaton.builder().start()) {
            try (PseudoTerminal terminal =
                    new PseudoTerminal(baton.directory(), 80, 24, baton("upgrade", "--app", "it"))) {
                String shown = terminal.whole();
                assertTrue(shown.contains("✓"), shown);
                assertTrue(shown.contains("\u001b[J\u001b[1;32mupgraded\u001b[0m: it generation 2 serves"), shown);
                assertFalse(shown.contains(ENTER), shown);
            }
            Command.Ended piped = Command.baton(baton.directory(), "upgrade", "--app", "it");
            assertEquals(0, piped.exitCode(), piped.output());
            assertFalse(piped.output().contains("\u001b") || piped.output().contains("\r"), piped.output());
            assertTrue(piped.output().startsWith("it: upgrade 2, generation 2 → 3\n  starting "), piped.output());
        }
    }

    @Test
    void upgradeIsWatchedWhereTheSizeOfTheTerminalCannotBeAsked() throws Exception {
        List<String> command =
                new ArrayList<>(List.of("env", "JDK_JAVA_OPTIONS=-Djava.io.tmpdir=/nowhere -Duser.dir=/nowhere"));
        command.addAll(baton("upgrade", "--app", "it"));
        try (RunningBaton baton = RunningBaton.builder().start();
                PseudoTerminal terminal = new PseudoTerminal(baton.directory(), 80, 24, command)) {
            String shown = terminal.whole();
            assertTrue(shown.contains("upgraded\u001b[0m: it generation 2 serves"), shown);
        }
    }

    @Test
    void supervisorGoesOnWhereItsTerminalIsStopped(@TempDir Path directory) throws Exception {
        try (PseudoTerminal terminal =
                new PseudoTerminal(directory, 500, 24, RunningBaton.builder().words())) {
            terminal.awaitShown("phase=serving");
            terminal.stop();
            Command.Ended upgrade = Command.baton(directory, "upgrade", "--app", "it");
            assertEquals(0, upgrade.exitCode(), upgrade.output());
            terminal.resume();
            terminal.awaitShown("outcome=upgraded");
            terminal.stop();
            Command.Ended stop = Command.baton(directory, "stop", "--app", "it");
            assertEquals(0, stop.exitCode(), stop.output());
            assertEquals("it has stopped", stop.output());
        }
    }

    private static List<String> baton(String... arguments) {
        List<String> command = new ArrayList<>(Places.baton());
        command.addAll(List.of(arguments));
        return command;
    }
}
