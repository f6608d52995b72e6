package dev.baton.supervisor;

import dev.baton.handover.Libc;
import dev.baton.handover.LibcException;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The nice value of all processes of a worker's group, setpriority(2). It counts where {@link Autogroup}s do not: where
 * there are none, and where processors are shared out by cgroup, among the processes of a unit.
 *
 * <p>Nobody is sent back who could not be fetched again, which takes {@code RLIMIT_NICE} ({@code LimitNICE=} in a unit)
 * or {@code CAP_SYS_NICE}; nor who has a nice value of his own.
 *
 * @param group the worker's pid, which leads it
 */
record GroupNice(int group) {
    /**
     * Some tenth of the weight of those with 0, and no number that people write: it tells who was sent back, also to
     * another supervisor.
     */
    private static final int BACK = 11;

    private static final Logger LOG = LoggerFactory.getLogger(GroupNice.class);

    void standBack(boolean back) {
        OptionalInt ours = ProcessIdentity.niceOf((int) ProcessHandle.current().pid());
        OptionalInt theirs = ProcessIdentity.niceOf(group);
        if (ours.isEmpty() || theirs.isEmpty() || ours.getAsInt() >= BACK) {
            return;
        }
        int from = back ? ours.getAsInt() : BACK;
        if (theirs.getAsInt() != from || back && !Reversible.IS) {
            return;
        }
        try {
            Libc.setNice(group, back ? BACK : ours.getAsInt());
        } catch (LibcException e) {
            LOG.warn("{}: it goes on with the priority that it has", e.getMessage());
        }
    }

    /** Found out once. */
    private static final class Reversible {
        static final boolean IS = Libc.mayPutNiceBack();
    }
}
