package dev.baton.kit;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One change of what stands in any number of slots. Each look at who watches them goes through all descriptors of the
 * process, and each call to those who wait at them through all its threads; so one look before, one after and one call
 * do for all slots, however many change.
 *
 * <p>Threading: one. A change is complete when this is closed; until then a selector that began to watch a slot in the
 * very moment may watch what has left.
 */
public final class Plugging implements Closeable {
    private final List<Change> changes = new ArrayList<>();
    private final List<Fd> kept = new ArrayList<>();
    /** For the second look: where there are no descriptors for that, nothing is to change. */
    private final Reserve reserve = new Reserve(3);

    private EpollWatches before;

    /**
     * A slot that has changed.
     *
     * @param from what stood there
     * @param to what stands there
     * @param selected whether a selector watches it
     * @param wasPublic what it was before
     */
    record Change(Slot slot, Fd from, Fd to, boolean selected, boolean wasPublic) {}

    Plugging() {}

    /** Who watches a number, as of the first look. */
    List<EpollWatch> watches(int number) throws IOException {
        if (before == null) {
            before = EpollWatches.now();
            reserve.fill();
        }
        return before.of(number);
    }

    /** What stands under a number now; closed with this. */
    Fd keep(int number) throws IOException {
        Fd fd;
        try {
            fd = Libc.duplicate(number);
        } catch (IOException e) {
            close(); // descriptors have run out, perhaps: those that were kept come back
            fd = Libc.duplicate(number);
        }
        kept.add(fd);
        return fd;
    }

    void add(Change change) {
        changes.add(change);
    }

    /**
     * Completes what has changed: no selector watches what has left, and whoever waits there has been called.
     *
     * @throws IOException if a slot could not be completed; it then holds what it held before
     */
    @Override
    public void close() throws IOException {
        try {
            if (!changes.isEmpty()) {
                complete();
            }
        } finally {
            before = null;
            reserve.release();
            changes.clear();
            kept.forEach(Fd::close);
            kept.clear();
        }
    }

    private void complete() throws IOException {
        reserve.release();
        EpollWatches after = EpollWatches.now();
        Set<Integer> waitedAt = new HashSet<>();
        IOException failure = null;
        for (Change change : changes) {
            try {
                // A channel is in blocking mode or has selectors, not both: one that has them has no thread to call.
                if (!change.slot.settle(change, after)) {
                    waitedAt.add(change.slot.number());
                }
            } catch (IOException e) {
                failure = e;
            }
        }
        if (!waitedAt.isEmpty()) {
            PollWaiters.wake(waitedAt);
        }
        if (failure != null) {
            throw failure;
        }
        changes.forEach(change -> change.slot.settled());
    }
}
