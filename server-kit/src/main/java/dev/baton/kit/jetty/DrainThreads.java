package dev.baton.kit.jetty;

import java.util.concurrent.ThreadFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts the threads of a drain, which goes on without one that the system does not give. */
final class DrainThreads {
    private static final Logger LOG = LoggerFactory.getLogger(DrainThreads.class);

    private final ThreadFactory factory;

    DrainThreads(ThreadFactory factory) {
        this.factory = factory;
    }

    /** @return false where there can be no more threads */
    boolean start(String name, Runnable run) {
        Thread thread = factory.newThread(run);
        thread.setName(name);
        thread.setDaemon(true);
        try {
            thread.start();
            return true;
        } catch (OutOfMemoryError e) { // says start(), where there is memory enough, but no thread
            LOG.warn("the drain has to do without its thread {}: {}", name, e.getMessage());
            return false;
        }
    }
}
