package dev.baton.supervisor.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import dev.baton.supervisor.journal.Journal;
import dev.baton.supervisor.journal.Journal.Priority;

/**
 * {@code baton: info phase=serving generation=3}. There is no time in it: whoever keeps logs (journald, docker) stamps
 * them, and whoever watches has a clock.
 *
 * <p>A line is a line: what would break it, or act on the terminal, is written as an escape. Some of the text comes
 * from workers.
 */
final class LogLine extends LayoutBase<ILoggingEvent> {
    private final Journal journal;

    LogLine(Journal journal) {
        this.journal = journal;
    }

    @Override
    public String doLayout(ILoggingEvent event) {
        StringBuilder line = new StringBuilder(level(event.getLevel()));
        escape(event.getFormattedMessage(), line);
        IThrowableProxy thrown = event.getThrowableProxy();
        if (thrown != null) {
            escape(" error=" + thrown.getClassName() + ": " + thrown.getMessage(), line);
        }
        Priority priority = priority(event.getLevel());
        StringBuilder text = new StringBuilder(journal.line(priority, "baton: ", line.toString())).append('\n');
        // A stack belongs to a bug, and a bug is an error; what merely went wrong is told by its message.
        if (thrown != null && event.getLevel().isGreaterOrEqual(Level.ERROR)) {
            ThrowableProxyUtil.asString(thrown)
                    .lines()
                    .forEach(at -> text.append(journal.line(priority, "", at)).append('\n'));
        }
        return text.toString();
    }

    private static Priority priority(Level level) {
        return switch (level.toInt()) {
            case Level.ERROR_INT -> Priority.ERROR;
            case Level.WARN_INT -> Priority.WARNING;
            case Level.INFO_INT -> Priority.INFO;
            default -> Priority.DEBUG;
        };
    }

    private static String level(Level level) {
        return switch (level.toInt()) {
            case Level.ERROR_INT -> "error ";
            case Level.WARN_INT -> "warn ";
            case Level.INFO_INT -> "info ";
            default -> "debug ";
        };
    }

    private static void escape(String text, StringBuilder line) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\n') {
                line.append("\\n");
            } else if (Terminal.isActing(c) && c != '\t') {
                line.append(String.format(c <= 0xff ? "\\x%02x" : "\\u%04x", (int) c));
            } else {
                line.append(c);
            }
        }
    }
}
