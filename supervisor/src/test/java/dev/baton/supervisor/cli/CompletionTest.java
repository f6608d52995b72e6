package dev.baton.supervisor.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import picocli.AutoComplete;

/** The shell's completion is made from the commands themselves, and kept beside the units that it is installed with. */
class CompletionTest {
    @Test
    void isThatOfThePresentCommands() throws Exception {
        Path written = Path.of("..", "systemd", "baton.completion");
        String wanted = AutoComplete.bash("baton", Baton.commandLine(Surroundings.ofThisProcess()));
        if (Boolean.getBoolean("baton.write")) {
            Files.writeString(written, wanted);
        }
        assertEquals(wanted, Files.readString(written), "make it anew with -Dbaton.write=true");
    }
}
