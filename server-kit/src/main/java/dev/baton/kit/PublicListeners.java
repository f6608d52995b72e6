package dev.baton.kit;

import dev.baton.handover.Fd;
import dev.baton.handover.ListenerSpec;
import dev.baton.handover.Message;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The public listeners that the supervisor has given to this worker: plugged in, or waiting for their slots.
 *
 * <p>Threading: guarded by the monitor of the {@link Link} that they belong to.
 */
final class PublicListeners {
    private Map<String, Held> held = Map.of();
    private int generation;

    private record Held(ListenerSpec spec, Fd fd) {}

    /**
     * From now on these, in place of what there was.
     *
     * @param fds the caller's where this fails
     * @throws IOException if two have the same name
     */
    void hold(Message.Listeners listeners, List<Fd> fds) throws IOException {
        Map<String, Held> fresh = new LinkedHashMap<>();
        for (int i = 0; i < fds.size(); i++) {
            ListenerSpec spec = listeners.listeners().get(i);
            if (fresh.put(spec.name(), new Held(spec, fds.get(i))) != null) {
                throw new IOException("the supervisor has two listeners \"" + spec.name() + "\"");
            }
        }
        release(); // a slot that is plugged in has a descriptor of its own
        held = fresh;
        generation = listeners.generation();
    }

    void release() {
        held.values().forEach(listener -> listener.fd().close());
        held = Map.of();
    }

    int generation() {
        return generation;
    }

    List<ListenerSpec> specs() {
        return held.values().stream().map(Held::spec).toList();
    }

    /** In the order of {@link #specs}; they stay ours. */
    List<Fd> fds() {
        return held.values().stream().map(Held::fd).toList();
    }

    ListenerSpec spec(String name) throws IOException {
        Held listener = held.get(name);
        if (listener == null) {
            throw new IOException(
                    "the supervisor has no listener \"" + name + "\"; it has " + held.keySet() + ": see --listen");
        }
        return listener.spec();
    }

    void plugInto(List<Pluggable> slots) throws IOException {
        try (Plugging plugging = new Plugging()) {
            for (Pluggable slot : slots) {
                Held listener = held.get(slot.name());
                if (listener != null) {
                    slot.plug(listener.fd(), plugging);
                }
            }
        }
    }
}
