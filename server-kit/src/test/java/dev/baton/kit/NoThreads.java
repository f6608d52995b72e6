package dev.baton.kit;

import java.util.concurrent.Callable;

/**
 * A limit of threads, for some threads of a test alone: while it is reached, whoever was started inside {@link #around},
 * or by one of those, can start no other. Java asks what a thread hands down before it makes one, and there it fails.
 */
public final class NoThreads {
    private final InheritableThreadLocal<Boolean> mark = new InheritableThreadLocal<>() {
        @Override
        protected Boolean childValue(Boolean parents) {
            if (reached) {
                throw new OutOfMemoryError("unable to create native thread, as this test wants it");
            }
            return parents;
        }
    };
    private volatile boolean reached;

    public <T> T around(Callable<T> what) throws Exception {
        mark.set(true);
        try {
            return what.call();
        } finally {
            mark.remove();
        }
    }

    public void reach() {
        reached = true;
    }

    public void lift() {
        reached = false;
    }
}
