package dev.baton.handover;

/** A thread of ours: it has a name, and does not keep the program running. */
public final class DaemonThread {
    private DaemonThread() {}

    /**
     * Starts one.
     *
     * @throws LibcException if the process may have no more threads, which is an {@link OutOfMemoryError} in Java and
     *     need not be the end of the program; nothing has been started then
     */
    public static void start(String name, Runnable task) throws LibcException {
        try {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            thread.start();
        } catch (OutOfMemoryError e) {
            throw refused(name, e);
        }
    }

    /** What the error means that the JDK has thrown for want of a thread, its own or this one. */
    public static LibcException refused(String name, OutOfMemoryError e) {
        LibcException failure = new LibcException(
                "pthread_create", name + " (raise TasksMax=, pids.max, or ulimit -u)", Errno.EAGAIN.number());
        failure.initCause(e);
        return failure;
    }
}
