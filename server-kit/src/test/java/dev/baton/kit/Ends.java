package dev.baton.kit;

import java.util.List;

/** The end of threads, awaited by a test that is not to hang. */
final class Ends {
    private Ends() {}

    static void await(List<Thread> threads) {
        for (Thread thread : threads) {
            try {
                thread.join(FakeSupervisor.PATIENCE.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted while waiting for " + thread, e);
            }
            if (thread.isAlive()) {
                throw new AssertionError(thread + " has not come to its end: " + List.of(thread.getStackTrace()));
            }
        }
    }
}
