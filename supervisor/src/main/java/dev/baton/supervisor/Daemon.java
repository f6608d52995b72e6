package dev.baton.supervisor;

import java.io.IOException;

/** Threads that do not keep the program from ending. */
final class Daemon {
    private Daemon() {}

    /**
     * Starts one.
     *
     * @throws IOException if there may be no more of them, pthread_create(3): a failure like any other for whoever wanted
     *     one, and none of this JVM's memory
     */
    static void start(String name, Runnable work) throws IOException {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        try {
            thread.start();
        } catch (OutOfMemoryError e) {
            throw none(e);
        }
    }

    /** What the JDK's error means where it could not start one of its own. */
    static IOException none(OutOfMemoryError e) {
        return new IOException(
                "no thread is left (" + e.getMessage() + "): raise TasksMax= of the unit, pids.max of the container, or"
                        + " ulimit -u",
                e);
    }
}
