package dev.baton.supervisor.cli;

/** What is to be done should the process be ended while something is shown. */
final class AtTheEnd {
    private AtTheEnd() {}

    /** It is not to be done any more; unless that is under way. */
    static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM ends, and runs it: once is as good as twice.
            Thread.yield();
        }
    }
}
