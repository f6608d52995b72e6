package dev.baton.supervisor;

/**
 * A supervisor that cannot start. Its message says what failed, on what, why, and what to do; nothing is left open.
 */
public final class StartException extends Exception {
    private static final long serialVersionUID = 1L;

    StartException(String message) {
        super(message);
    }

    StartException(String message, Throwable cause) {
        super(message, cause);
    }
}
