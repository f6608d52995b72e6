package dev.baton.supervisor.control;

/** What the client sent is not an order; says what is wrong, and what would be right. */
final class BadRequestException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BadRequestException(String message, Throwable cause) {
        super(message, cause);
    }

    BadRequestException(String message) {
        super(message);
    }
}
