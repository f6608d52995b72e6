package dev.baton.kit;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;

/**
 * Whether all is known that a program has accepted from the public listeners, now that they have been taken away: a
 * thread that has come back from accept(2) just before, and has lost its processor, has yet to say so. The kernel knows
 * its connection by then.
 *
 * <p>Threading: any.
 */
public final class LastAccepts {
    /** How long such a thread may take to come back, even if others have the processors: within accept(2). */
    public static final Duration SETTLED = Duration.ofMillis(100);

    private final Set<SocketAddress> listeners = ConcurrentHashMap.newKeySet();
    private volatile long unplugged = System.nanoTime();

    /** This is about to become a public listener of the program; it stays the caller's. */
    public void plugging(Fd listener) {
        Libc.localAddress(listener.number()).ifPresent(listeners::add);
    }

    /** A listener is no longer the public one: {@link Slot#unplug} has changed it. */
    public void unplugged() {
        unplugged = System.nanoTime();
    }

    /**
     * Goes through all descriptors of the process.
     *
     * @param isKnown whether nobody has to wait for the connection with this descriptor, that of one just closed included
     */
    public boolean areKnown(IntPredicate isKnown) {
        return System.nanoTime() - unplugged > SETTLED.toNanos()
                && unknown(isKnown).isEmpty();
    }

    /** Those that are not known, one line each. */
    public List<String> named(IntPredicate isKnown) {
        return unknown(isKnown).stream().map(LastAccepts::name).toList();
    }

    private List<Integer> unknown(IntPredicate isKnown) {
        return listeners.isEmpty()
                ? List.of()
                : Descriptors.acceptedAt(listeners).stream()
                        .filter(fd -> !isKnown.test(fd))
                        .toList();
    }

    private static String name(int fd) {
        return Libc.localAddress(fd).map(Object::toString).orElse("a listener") + " "
                + Libc.remoteAddress(fd).map(Object::toString).orElse("a client")
                + " accepted, and not yet taken up by the server";
    }
}
