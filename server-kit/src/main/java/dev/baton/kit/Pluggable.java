package dev.baton.kit;

import dev.baton.handover.Fd;
import java.io.IOException;

/** A listener of the program into which the supervisor's public one is plugged. */
public interface Pluggable {
    /** The listener's name. */
    String name();

    /** Where it can be reached while it is not public, e.g. {@code 127.0.0.1:41234} or {@code unix:/path}. */
    String privateAddress();

    /** Does once what {@link #plug} does, to no effect; see {@link Slot#rehearse}. */
    void rehearse(Plugging plugging) throws IOException;

    /** Plugs the public listener in; it stays the caller's, and open until the plugging is closed. */
    void plug(Fd publicListener, Plugging plugging) throws IOException;

    /** Plugs the private listener back in. */
    void unplug(Plugging plugging) throws IOException;

    /** Drained: ends the accept loop. */
    void stop() throws IOException;
}
