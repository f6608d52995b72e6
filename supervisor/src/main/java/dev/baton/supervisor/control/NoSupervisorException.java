package dev.baton.supervisor.control;

import java.io.IOException;

/** No supervisor answers at a control socket; the message says where, and why as far as it is known. */
public final class NoSupervisorException extends IOException {
    private static final long serialVersionUID = 1L;

    private final boolean unwell;

    public NoSupervisorException(String message, Throwable cause) {
        this(message, cause, false);
    }

    private NoSupervisorException(String message, Throwable cause, boolean unwell) {
        super(message, cause);
        this.unwell = unwell;
    }

    /** One is there, and hangs, is too busy, or goes away just now. */
    public static NoSupervisorException unwell(String message, Throwable cause) {
        return new NoSupervisorException(message, cause, true);
    }

    /** Whether one is there nevertheless. */
    public boolean isUnwell() {
        return unwell;
    }
}
