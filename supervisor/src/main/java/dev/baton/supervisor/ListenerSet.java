package dev.baton.supervisor;

import dev.baton.handover.Fd;
import dev.baton.handover.ListenerSpec;
import dev.baton.supervisor.Status.ListenerState;
import java.io.Closeable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** All listeners, in the order in which they were asked for. */
final class ListenerSet implements Closeable {
    private final List<PublicListener> all;
    private final KernelQueues queues = new KernelQueues();

    private ListenerSet(List<PublicListener> all) {
        this.all = all;
    }

    static ListenerSet open(List<ListenerSpec> specs) throws StartException {
        List<PublicListener> open = new ArrayList<>();
        Set<String> names = new HashSet<>();
        boolean whole = false;
        try {
            for (ListenerSpec spec : specs) {
                if (!names.add(spec.name())) {
                    throw new StartException(
                            "two listeners are called " + spec.name() + ": each needs a name of its own");
                }
                open.add(PublicListener.open(spec));
            }
            whole = true;
            return new ListenerSet(List.copyOf(open));
        } finally {
            if (!whole) {
                open.forEach(PublicListener::close);
            }
        }
    }

    List<ListenerSpec> specs() {
        return all.stream().map(PublicListener::spec).toList();
    }

    /** In the order of {@link #specs}; they stay the set's. */
    List<Fd> fds() {
        return all.stream().map(PublicListener::fd).toList();
    }

    /** What the kernel says of them at this moment. */
    List<ListenerState> states() {
        return queues.states(all);
    }

    @Override
    public void close() {
        all.forEach(PublicListener::close);
    }
}
