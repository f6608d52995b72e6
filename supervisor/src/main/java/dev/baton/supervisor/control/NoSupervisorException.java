package dev.baton.supervisor.control;

import java.io.IOException;

/** No supervisor answers at a control socket; the message says where, and why as far as it is known. */
public final class NoSupervisorException extends IOException {
    private static final long serialVersionUID = 1L;

    public NoSupervisorException(String message, Throwable cause) {
        super(message, cause);
    }
}
