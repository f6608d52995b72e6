package dev.baton.supervisor.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import dev.baton.supervisor.journal.Journal;
import java.time.Duration;

/**
 * How the supervisor logs: one line per fact on standard error. Logback finds it as a service; there is no XML to
 * parse while a server waits to be started.
 */
public final class LogSetup extends ContextAwareBase implements Configurator {
    /** Whoever has not read it by then does not read. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private static volatile LogQueue queue;

    /** Waits a moment until all that was logged is written: this program is about to end. */
    static void flush() {
        LogQueue log = queue;
        if (log == null) {
            return;
        }
        try {
            log.flush(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        LogLine layout = new LogLine(Journal.behind(2));
        layout.setContext(context);
        layout.start();

        LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
        encoder.setContext(context);
        encoder.setLayout(layout);
        encoder.start();

        ConsoleAppender<ILoggingEvent> stderr = new ConsoleAppender<>();
        stderr.setContext(context);
        stderr.setTarget("System.err");
        stderr.setEncoder(encoder);
        stderr.start();

        LogQueue log = new LogQueue(stderr);
        log.setContext(context);
        log.start();
        queue = log;

        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.WARN);
        root.addAppender(log);
        // What it warns of is what clients do, who are answered; they are not to fill the log.
        context.getLogger("org.eclipse.jetty").setLevel(Level.ERROR);
        context.getLogger("dev.baton").setLevel(Level.INFO);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }
}
