package dev.baton.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** For what nobody tells: it is looked at again and again. */
final class Waiting {
    private static final long PAUSE = 10;

    private Waiting() {}

    /** What is waited for; or a failure, which ends the waiting. */
    @FunctionalInterface
    interface Condition {
        boolean holds() throws IOException;
    }

    /** @return whether it held within that time */
    static boolean until(Duration atMost, Condition condition) throws IOException, InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() - end > 0) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(PAUSE);
        }
        return true;
    }
}
