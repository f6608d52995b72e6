package dev.baton.supervisor;

import dev.baton.handover.Libc;
import dev.baton.handover.LibcException;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a worker inherits from the thread that starts it: the shortest time slice that there is. Its share of a processor
 * is what it was, but it is taken in small pieces: a worker that serves gets the processor sooner from a candidate
 * beside it, docs/decisions/0008 has measured it. Where the kernel has one length for all it is as if nothing had been
 * asked.
 *
 * <p>Threading: the calling thread's own.
 */
final class TimeSlice {
    /** The kernel's least. */
    static final long NANOS = 100_000;

    private static final Logger LOG = LoggerFactory.getLogger(TimeSlice.class);

    private final OptionalLong before;

    private TimeSlice(OptionalLong before) {
        this.before = before;
    }

    /** Makes that of the calling thread the shortest. */
    static TimeSlice shorten() {
        try {
            return new TimeSlice(Libc.setTimeSlice(NANOS));
        } catch (LibcException e) {
            LOG.debug("workers have the time slice of others", e);
            return new TimeSlice(OptionalLong.empty());
        }
    }

    /** The same thread has what it had. */
    void restore() {
        try {
            if (before.isPresent()) {
                Libc.setTimeSlice(before.getAsLong());
            }
        } catch (LibcException e) {
            LOG.debug("our time slice stays short", e);
        }
    }
}
