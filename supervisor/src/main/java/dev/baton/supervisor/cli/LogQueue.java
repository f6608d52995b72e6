package dev.baton.supervisor.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import dev.baton.handover.DaemonThread;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is logged, on its way to whoever reads it, who may have stopped: a terminal by Ctrl-S, a connection that hangs, a
 * pipe. Whoever logs does not wait for that, for a server's life depends on some of these threads. What is too much is
 * left out, and how much it was is said.
 *
 * <p>Threading: any, and one that writes. Ownership: where it goes is this one's.
 */
final class LogQueue extends UnsynchronizedAppenderBase<ILoggingEvent> {
    private static final Logger LOG = LoggerFactory.getLogger(LogQueue.class);

    /** Days of a server in good health. */
    static final int LONGEST = 4096;

    private final Appender<ILoggingEvent> to;
    private final Deque<ILoggingEvent> waiting = new ArrayDeque<>();
    private boolean running;
    private boolean writing;
    private long lost;

    LogQueue(Appender<ILoggingEvent> to) {
        this.to = to;
    }

    @Override
    protected void append(ILoggingEvent event) {
        event.prepareForDeferredProcessing();
        if (!put(event)) {
            to.doAppend(event); // there is no thread to be had
        }
    }

    private synchronized boolean put(ILoggingEvent event) {
        if (!running) {
            try {
                DaemonThread.start("baton-log", this::run);
                running = true;
            } catch (IOException e) {
                return false;
            }
        }
        if (waiting.size() < LONGEST) {
            waiting.add(event);
            notifyAll();
        } else {
            lost++;
        }
        return true;
    }

    private void run() {
        try {
            while (true) {
                to.doAppend(take());
                long left = written();
                if (left > 0) {
                    LOG.warn("{} lines of this log are left out, for nobody had read it", left);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized ILoggingEvent take() throws InterruptedException {
        while (waiting.isEmpty()) {
            wait();
        }
        writing = true;
        return waiting.remove();
    }

    /** How many have been lost meanwhile: said as soon as something can be. */
    private synchronized long written() {
        writing = false;
        notifyAll();
        long left = lost;
        lost = 0;
        return left;
    }

    /** Waits until all of it is written, for no longer than that. */
    synchronized void flush(Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (writing || !waiting.isEmpty()) {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (left <= 0) {
                return;
            }
            wait(left);
        }
    }
}
