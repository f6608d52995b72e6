package dev.baton.supervisor.control;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs refused clients, but not as often as they please: one line a second says how many there were.
 *
 * <p>Threading: any.
 */
final class RefusalLog {
    private static final Logger LOG = LoggerFactory.getLogger(RefusalLog.class);
    private static final long PAUSE = Duration.ofSeconds(1).toNanos();

    private long lastLine = System.nanoTime() - PAUSE;
    private long times;

    synchronized void refused(String user, String reason) {
        times++;
        long now = System.nanoTime();
        if (now - lastLine >= PAUSE) {
            LOG.warn("control=refused user={} reason=\"{}\" times={}", user, reason, times);
            lastLine = now;
            times = 0;
        }
    }
}
