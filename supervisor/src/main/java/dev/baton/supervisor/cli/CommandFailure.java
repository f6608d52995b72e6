package dev.baton.supervisor.cli;

/**
 * A command cannot do what it was asked to, and it is nobody's bug: what, on what, why; and what to do next.
 *
 * <p>Its exit code is one of {@link ExitCode}.
 */
final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;
    private final String next;

    CommandFailure(int exitCode, String message, String next, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
        this.next = next;
    }

    CommandFailure(int exitCode, String message, String next) {
        this(exitCode, message, next, null);
    }

    int exitCode() {
        return exitCode;
    }

    /** What to do next; empty where there is nothing to add. */
    String next() {
        return next;
    }
}
