package dev.baton.supervisor.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.AutoComplete;

/** The shell's completion is made from the commands themselves, and kept beside the units that it is installed with. */
class CompletionTest {
    private static final Path WRITTEN = Path.of("..", "systemd", "baton.completion");
    private static final String OPTIONS_END = "\n  esac\n";

    @Test
    void isThatOfThePresentCommands() throws Exception {
        String wanted = AutoComplete.bash("baton", Baton.commandLine(Surroundings.ofThisProcess()));
        for (String command : List.of("run", "upgrade")) {
            wanted = withFiles(wanted, command);
        }
        wanted = wanted.replace("'--cache'", "'--cache' '--no-cache'"); // the generator leaves out what negates
        if (Boolean.getBoolean("baton.write")) {
            Files.writeString(WRITTEN, wanted);
        }
        assertEquals(wanted, Files.readString(WRITTEN), "make it anew with -Dbaton.write=true");
    }

    /** The generator takes file names away from all words, and COMMAND's are no options' values. */
    private static String withFiles(String completion, String command) {
        int at = completion.indexOf(OPTIONS_END, completion.indexOf("function _picocli_baton_" + command + "()"))
                + OPTIONS_END.length();
        return completion.substring(0, at)
                + "\n  # The words of COMMAND: the shell's own completion, which is file names.\n"
                + "  type compopt &>/dev/null && compopt -o default\n"
                + completion.substring(at);
    }

    @Test
    void wordsOfTheCommandAreCompletedByFileNamesAndValuesOfOptionsAreNot() throws Exception {
        assertEquals("-o default", asked("upgrade -- java -jar sho"));
        assertEquals("-o default", asked("upgrade java -jar sho"));
        assertEquals("-o default", asked("run --app shop -- java -jar sho"));
        assertEquals("+o default", asked("upgrade --timeout 3"));
        assertEquals("+o default", asked("run --app sho"));
        assertEquals("+o default", asked("status sho"));
    }

    @Test
    void optionIsOfferedWithWhatNegatesIt() throws Exception {
        assertTrue(asked("run --ca").endsWith("--cache"));
        assertTrue(asked("run --no-").endsWith("--no-cache"));
    }

    /** What bash is asked for last, with this typed behind baton. */
    private static String asked(String typed) throws Exception {
        String script = "source " + WRITTEN + "; compopt() { asked=\"$*\"; }; COMP_WORDS=(baton " + typed + ");"
                + " COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_LINE=\"${COMP_WORDS[*]}\"; _complete_baton;"
                + " echo \"$asked${COMPREPLY[*]}\"";
        Process bash = new ProcessBuilder("bash", "-c", script)
                .redirectErrorStream(true)
                .start();
        return new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }
}
