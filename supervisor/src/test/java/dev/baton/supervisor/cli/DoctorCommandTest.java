package dev.baton.supervisor.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.supervisor.doctor.Finding;
import dev.baton.supervisor.doctor.Finding.Level;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorCommandTest {
    private static final List<Finding> ILL = List.of(
            new Finding("java", Level.OK, "25, Somebody, /usr/lib/jvm/a-jdk", ""),
            new Finding("somaxconn", Level.WARN, "a backlog of at most 128", "sysctl -w net.core.somaxconn=4096"),
            new Finding("setsid", Level.FAIL, "there is no setsid(1) on the PATH " + "word ".repeat(12), "install it"));

    @TempDir
    Path base;

    private static String print(boolean coloured) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Printout out = new Printout(bytes);
        DoctorCommand.print(ILL, Shell.terminal(out, out, coloured));
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void everyFindingIsALineWithItsRemedyBelow() {
        assertEquals("""
                  ok    java          25, Somebody, /usr/lib/jvm/a-jdk
                  warn  somaxconn     a backlog of at most 128
                                      → sysctl -w net.core.somaxconn=4096
                  fail  setsid        there is no setsid(1) on the PATH word word word word word
                                      word word word word word word word
                                      → install it
                Baton does not work here yet: 1 failure, 1 warning
                """, print(false));
    }

    @Test
    void coloursChangeNothingButColours() {
        assertTrue(print(true).contains("\u001b[1;31mfail\u001b[0m"));
        assertEquals(print(false), print(true).replaceAll("\u001b\\[[0-9;]*m", ""));
    }

    @Test
    void machineOfTheTestsPasses() {
        Shell.Result result = Shell.plain(base).run("doctor").fitsTheTerminal();
        assertEquals(0, result.exit(), result.out());
        assertTrue(result.out().contains("Baton works here: no failures, "), result.out());
    }

    @Test
    void jsonIsOneArray() {
        String out = Shell.plain(base).run("doctor", "--json").out();
        assertTrue(out.startsWith("[{\"name\":\"kernel\",\"level\":\"ok\",\"says\":\"Linux "), out);
        assertTrue(out.contains("\"remedy\":null"), out);
        assertFalse(out.strip().contains("\n"), out);
    }
}
