package dev.baton.supervisor;

import dev.baton.handover.Fd;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * Who watches over this supervisor, like systemd: it may pass listeners, keep descriptors for the next supervisor, and
 * be told how things stand.
 *
 * <p>Threading: {@link #passed} once, before anything is bound; all else on any thread, and quick.
 */
public interface Overseer {
    /**
     * A socket that was passed; whoever is given it closes it.
     *
     * @param name by which a listener asks for it; of a kept one that by which it was kept
     * @param kept whether a supervisor before this one has had it kept
     */
    record Passed(String name, Fd fd, boolean kept) {}

    /** All sockets that were passed to this process. */
    List<Passed> passed();

    /** How often {@link #onPulse} is to be called. */
    Duration pulse();

    /**
     * The lifecycle's own thread is alive and takes events; told after each step, too, and on that thread alone, so that
     * nothing speaks for it when it is stuck.
     */
    void onPulse(Supplier<Status> status);

    /** Keeps a listener, from now on and beyond the end of this process; it stays the caller's, too. */
    void keep(String name, Fd listener);

    /** Whether what it is to keep is there for the next supervisor when this one has ended in order. */
    boolean keeps();

    /** Keeps it no longer. */
    void forget(String name);
}
