package dev.baton.supervisor.cli;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

@Timeout(60)
class LogQueueTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    private final Semaphore mayRead = new Semaphore(0);
    private final List<String> read = new CopyOnWriteArrayList<>();

    private final LogQueue queue = new LogQueue(reader());

    /** One that reads as it is let. */
    private AppenderBase<ILoggingEvent> reader() {
        return appender(message -> {
            mayRead.acquireUninterruptibly();
            read.add(message);
        });
    }

    private static AppenderBase<ILoggingEvent> appender(Consumer<String> message) {
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                message.accept(event.getFormattedMessage());
            }
        };
        appender.start();
        return appender;
    }

    private void log(int from, int to) {
        queue.start();
        for (int i = from; i < to; i++) {
            queue.doAppend(new LoggingEvent(
                    "caller", context.getLogger("dev.baton"), Level.INFO, "line {}", null, new Object[] {i}));
        }
    }

    @Test
    void whoLogsDoesNotWaitForWhoReadsAndNothingIsLostOrChangesPlaces() {
        log(0, LogQueue.LONGEST);
        assertTrue(read.isEmpty());
        mayRead.release(LogQueue.LONGEST);
        await().atMost(LONG).until(() -> read.size() == LogQueue.LONGEST);
        for (int i = 0; i < LogQueue.LONGEST; i++) {
            assertEquals("line " + i, read.get(i));
        }
    }

    @Test
    void whatIsTooMuchIsLeftOutAndCountedAndLaterLinesAreNot() {
        Queue<String> said = new ConcurrentLinkedQueue<>();
        AppenderBase<ILoggingEvent> ear = appender(said::add);
        context.getLogger(LogQueue.class).addAppender(ear);
        try {
            log(0, LogQueue.LONGEST + 1);
            await().atMost(LONG).until(() -> mayRead.hasQueuedThreads()); // with the first one
            log(LogQueue.LONGEST + 1, LogQueue.LONGEST + 100);
            mayRead.release(2 * LogQueue.LONGEST);
            await().atMost(LONG).until(() -> read.contains("line " + (LogQueue.LONGEST - 1)));
            log(9_999, 10_000);
            await().atMost(LONG).until(() -> read.contains("line 9999"));
            int left = LogQueue.LONGEST + 101 - read.size();
            assertTrue(left >= 98, () -> "left out: " + left);
            await().atMost(LONG).until(() -> !said.isEmpty());
            assertEquals(left + " lines of this log are left out, for nobody had read it", said.peek());
        } finally {
            context.getLogger(LogQueue.class).detachAppender(ear);
        }
    }

    @Test
    void flushWaitsUntilAllIsWrittenAndNoLonger() throws Exception {
        queue.flush(LONG);
        log(0, 100);
        queue.flush(Duration.ofMillis(10));
        assertTrue(read.isEmpty());
        mayRead.release(100);
        queue.flush(LONG);
        assertEquals(100, read.size());
    }
}
