package dev.baton.kit;

import java.io.IOException;

/** The listener accepts no more: it is drained, or was closed. The end of an accept loop, not a failure. */
public final class ListenerStoppedException extends IOException {
    private static final long serialVersionUID = 1L;

    ListenerStoppedException(String listener) {
        super("listener " + listener + " has stopped");
    }
}
