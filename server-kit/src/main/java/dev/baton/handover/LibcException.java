package dev.baton.handover;

import java.io.IOException;

/** A system call that failed: which one, on what, and why, e.g. {@code bind 0.0.0.0:80: EACCES (Permission denied)}. */
public final class LibcException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Errno errno;

    LibcException(String call, String object, Errno errno) {
        super(call + " " + object + ": " + errno.name() + " (" + errno.text() + ")");
        this.errno = errno;
    }

    /** Why, as errno(3) names it. */
    public Errno errno() {
        return errno;
    }
}
