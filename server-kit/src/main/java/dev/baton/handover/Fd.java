package dev.baton.handover;

import java.io.Closeable;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An open file descriptor of this process, as an object: it closes once, and a closed one cannot be used by mistake.
 *
 * <p>Threading: any. Ownership: whoever receives an {@code Fd} closes it; a method that only looks at one says so.
 */
public final class Fd implements Closeable {
    private final int number;
    private final AtomicBoolean open = new AtomicBoolean(true);

    /** Takes ownership of a descriptor number that nobody else closes. */
    public Fd(int number) {
        if (number < 0) {
            throw new IllegalArgumentException("not a descriptor: " + number);
        }
        this.number = number;
    }

    /**
     * The number, for a system call.
     *
     * @throws IllegalStateException if it is closed: the number may by now be somebody else's
     */
    public int number() {
        if (!open.get()) {
            throw new IllegalStateException("descriptor " + number + " is closed");
        }
        return number;
    }

    /** Another descriptor for the same open file description, close-on-exec; the caller closes it (dup(2)). */
    public Fd duplicate() throws LibcException {
        return Libc.duplicate(number());
    }

    /**
     * The same descriptor as another object, whose receiver closes it; this one is closed from now on, as far as its
     * holders know.
     *
     * @throws IllegalStateException if it is closed
     */
    public Fd move() {
        if (!open.compareAndSet(true, false)) {
            throw new IllegalStateException("descriptor " + number + " is closed");
        }
        return new Fd(number);
    }

    public boolean isOpen() {
        return open.get();
    }

    /** close(2). Never shutdown(2): another process may hold the same socket, and it is to live on there. */
    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            Libc.close(number);
        }
    }

    @Override
    public String toString() {
        return "fd " + number + (open.get() ? "" : " (closed)");
    }
}
