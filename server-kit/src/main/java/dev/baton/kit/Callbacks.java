package dev.baton.kit;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the program wants to be told. A callback that fails harms neither the others nor what the supervisor has ordered.
 *
 * <p>Threading: any.
 */
final class Callbacks {
    private static final Logger LOG = LoggerFactory.getLogger(Callbacks.class);

    private final List<Runnable> onPark = new CopyOnWriteArrayList<>();
    private final List<Runnable> onResume = new CopyOnWriteArrayList<>();
    private final List<Consumer<Drain>> onDrain = new CopyOnWriteArrayList<>();
    private final List<Runnable> onDrained = new CopyOnWriteArrayList<>();

    void onPark(Runnable callback) {
        onPark.add(callback);
    }

    void onResume(Runnable callback) {
        onResume.add(callback);
    }

    void onDrain(Consumer<Drain> callback) {
        onDrain.add(callback);
    }

    void onDrained(Runnable callback) {
        onDrained.add(callback);
    }

    void park() {
        onPark.forEach(callback -> call("onPark", callback));
    }

    void resume() {
        onResume.forEach(callback -> call("onResume", callback));
    }

    void drain(Drain drain) {
        onDrain.forEach(callback -> call("onDrain", () -> callback.accept(drain)));
    }

    void drained() {
        onDrained.forEach(callback -> call("onDrained", callback));
    }

    private static void call(String name, Runnable callback) {
        try {
            callback.run();
        } catch (RuntimeException | Error e) {
            LOG.error("{} failed", name, e);
        }
    }
}
