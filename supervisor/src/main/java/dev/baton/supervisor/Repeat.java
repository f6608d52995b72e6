package dev.baton.supervisor;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Something that is done once more in a while: once, however often that is asked for meanwhile.
 *
 * <p>Threading: any.
 */
final class Repeat {
    private final Consumer<Runnable> timer;
    private final Runnable action;
    private final AtomicBoolean due = new AtomicBoolean();

    /** @param timer runs what it is given in a while */
    Repeat(Consumer<Runnable> timer, Runnable action) {
        this.timer = timer;
        this.action = action;
    }

    void ask() {
        if (due.compareAndSet(false, true)) {
            timer.accept(() -> {
                due.set(false);
                action.run();
            });
        }
    }
}
