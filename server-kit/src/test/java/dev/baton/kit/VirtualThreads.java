package dev.baton.kit;

import java.lang.reflect.InvocationTargetException;

/** Virtual threads, which Java 17 does not know. */
public final class VirtualThreads {
    private VirtualThreads() {}

    /** Whether there are any. */
    public static boolean arePossible() {
        return Runtime.version().feature() >= 21;
    }

    /** Starts one. */
    public static Thread start(Runnable task) {
        try {
            return (Thread)
                    Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, task);
        } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException e) {
            throw new AssertionError(e);
        }
    }
}
