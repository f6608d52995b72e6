package dev.baton.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends every line back behind the name of who answers: {@code LABEL gen=N: line}.
 *
 * <p>Threading: a thread for each listener, a thread for each client. Ownership: it closes the listeners it was given and the clients
 * it accepted.
 */
final class LineService implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LineService.class);

    private final Identity identity;
    private final boolean counting;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "line");
        thread.setDaemon(true);
        return thread;
    });

    /** @param counting whether answers say the how manieth line of their client they answer */
    LineService(Identity identity, boolean counting) {
        this.identity = identity;
        this.counting = counting;
    }

    /** Serves the listener's clients until it is closed. */
    void serve(LineListener listener) {
        threads.execute(() -> acceptAll(listener));
    }

    private void acceptAll(LineListener listener) {
        while (listener.isOpen()) {
            try {
                LineConnection connection = listener.accept();
                threads.execute(() -> serve(connection));
            } catch (IOException e) {
                if (listener.isOpen()) {
                    LOG.warn("can't accept a line client: {}", e.toString());
                    pause();
                }
            }
        }
    }

    /** Without descriptors, say, accepting fails at once, again and again. */
    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(LineConnection connection) {
        boolean ours = true;
        try {
            ours = new LineConversation(identity, counting, connection).run();
        } catch (IOException | UncheckedIOException e) {
            LOG.debug("a line client is gone: {}", e.toString());
        } finally {
            if (ours) {
                close(connection);
            }
        }
    }

    private static void close(LineConnection connection) {
        try {
            connection.close();
        } catch (IOException e) {
            LOG.debug("a line client is gone: {}", e.toString());
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
