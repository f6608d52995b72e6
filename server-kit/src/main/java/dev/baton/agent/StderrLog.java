package dev.baton.agent;

import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/** Warnings and errors on standard error, which the supervisor passes on; all else is not the program's users' concern. */
final class StderrLog extends LegacyAbstractLogger {
    private static final long serialVersionUID = 1;

    StderrLog(String loggerName) {
        name = loggerName;
    }

    @Override
    protected String getFullyQualifiedCallerName() {
        return null;
    }

    @Override
    protected void handleNormalizedLoggingCall(
            Level level, Marker marker, String pattern, Object[] arguments, Throwable thrown) {
        StringBuilder line = new StringBuilder("baton-agent: ").append(level).append(' ');
        line.append(MessageFormatter.basicArrayFormat(pattern, arguments));
        synchronized (StderrLog.class) {
            System.err.println(line);
            if (thrown != null) {
                thrown.printStackTrace();
            }
        }
    }

    @Override
    public boolean isTraceEnabled() {
        return false;
    }

    @Override
    public boolean isDebugEnabled() {
        return false;
    }

    @Override
    public boolean isInfoEnabled() {
        return false;
    }

    @Override
    public boolean isWarnEnabled() {
        return true;
    }

    @Override
    public boolean isErrorEnabled() {
        return true;
    }
}
