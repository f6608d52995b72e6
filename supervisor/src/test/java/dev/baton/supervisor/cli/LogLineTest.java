package dev.baton.supervisor.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import dev.baton.supervisor.journal.Journal;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LogLineTest {
    private final LoggerContext context = new LoggerContext();

    private String line(Level level, String message, Throwable thrown, Object... arguments) {
        return line(false, level, message, thrown, arguments);
    }

    private String line(boolean journal, Level level, String message, Throwable thrown, Object... arguments) {
        Logger logger = context.getLogger("dev.baton.supervisor.Supervisor");
        return new LogLine(new Journal(journal))
                .doLayout(new LoggingEvent("caller", logger, level, message, thrown, arguments));
    }

    @Test
    void factIsOneLineWithItsLevel() {
        assertEquals("baton: info phase=serving active=3\n", line(Level.INFO, "phase=serving active={}", null, 3));
        assertEquals("baton: warn late\n", line(Level.WARN, "late", null));
    }

    @Test
    void inTheJournalEveryLineHasItsPriority() {
        assertEquals("<6>baton: info phase=serving\n", line(true, Level.INFO, "phase=serving", null));
        assertEquals("<4>baton: warn late\n", line(true, Level.WARN, "late", null));
        assertTrue(
                line(true, Level.ERROR, "broken", new IOException("no")).lines().allMatch(l -> l.startsWith("<3>")));
    }

    @Test
    void whatWouldBreakTheLineOrActOnTheTerminalIsEscaped() {
        assertEquals("baton: info a\\nb\\x1b[31mc\\x0d\n", line(Level.INFO, "a\nb\u001b[31mc\r", null));
        assertEquals("baton: info a\\x9b31mb\\u202ec\n", line(Level.INFO, "a\u009b31mb\u202ec", null));
    }

    @Test
    void onlyAnErrorHasAStack() {
        assertEquals(
                "baton: warn late error=java.io.IOException: no\n", line(Level.WARN, "late", new IOException("no")));
        String error = line(Level.ERROR, "broken", new IOException("no"));
        assertTrue(error.startsWith("baton: error broken error=java.io.IOException: no\n"), error);
        assertTrue(error.contains("LogLineTest.onlyAnErrorHasAStack"), error);
    }

    @Test
    void librariesAreQuietAndBatonIsNot() {
        LoggerContext live = (LoggerContext) LoggerFactory.getILoggerFactory();
        assertEquals(
                Level.INFO, live.getLogger("dev.baton.supervisor.Supervisor").getEffectiveLevel());
        assertEquals(Level.WARN, live.getLogger("com.example.library").getEffectiveLevel());
        assertEquals(
                Level.ERROR,
                live.getLogger("org.eclipse.jetty.server.Server").getEffectiveLevel(),
                "clients cannot fill the log by it");
    }
}
