package dev.baton.handover;

import java.io.IOException;

/** A system call that failed: which one, on what, and why, e.g. {@code bind 0.0.0.0:80: EACCES (Permission denied)}. */
public final class LibcException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Errno errno;

    LibcException(String call, String object, int errno) {
        super(call + " " + object + ": " + name(errno) + " (" + Errno.of(errno).text() + ")");
        this.errno = Errno.of(errno);
    }

    private static String name(int errno) {
        return Errno.of(errno) == Errno.OTHER
                ? "errno " + errno
                : Errno.of(errno).name();
    }

    /** Why, as errno(3) names it. */
    public Errno errno() {
        return errno;
    }
}
