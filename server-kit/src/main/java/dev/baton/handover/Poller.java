package dev.baton.handover;

import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Waits for descriptors in the place of virtual threads. One that waits in poll(2) keeps its carrier for so long, and as
 * many of them as there are carriers would stop every other one of the JVM. So they are parked, and one thread of the
 * platform's waits in epoll(7) for what they wait for.
 *
 * <p>It only wakes: whoever was woken looks again, for the news may be another's. Each watch is armed once for each wait,
 * and deleted with the last one at its descriptor, before anybody can close that: other processes may hold the socket.
 *
 * <p>Threading: any. Ownership: descriptors stay the caller's. A poller is opened when the first virtual thread waits, and
 * never closed.
 */
final class Poller {
    private static final MethodHandle IS_VIRTUAL = isVirtual();
    private static final int EPOLLONESHOT = 1 << 30;
    private static final int MOST_EVENTS = 256;
    private static final Map<Integer, Poller> BY_EVENTS = new HashMap<>();

    private final int events;
    private final Fd epoll;
    private final Map<Integer, Set<CompletableFuture<Void>>> waiting = new HashMap<>();

    private Poller(int events) throws LibcException {
        this.events = events;
        this.epoll = Libc.epoll();
    }

    /** Java 17 does not know them. */
    private static MethodHandle isVirtual() {
        try {
            return MethodHandles.publicLookup()
                    .findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
        } catch (ReflectiveOperationException e) {
            return null;
        }
    }

    /** Whether the calling thread is a virtual one. */
    static boolean isNeeded() {
        try {
            return IS_VIRTUAL != null && (boolean) IS_VIRTUAL.invokeExact(Thread.currentThread());
        } catch (Throwable e) {
            throw new IllegalStateException("Thread.isVirtual() throws nothing", e);
        }
    }

    /** The one for these events of poll(2), which are those of epoll(7). */
    static synchronized Poller of(int events) throws LibcException {
        Poller poller = BY_EVENTS.get(events);
        if (poller == null) {
            poller = new Poller(events);
            poller.start();
            BY_EVENTS.put(events, poller);
        }
        return poller;
    }

    private void start() throws LibcException {
        try {
            DaemonThread.start("baton-poller", this::run);
        } catch (LibcException e) {
            epoll.close();
            throw e;
        }
    }

    /** Waits until one of them may be ready, or for so long; with -1 for ever. As poll(2), whatever interrupts it. */
    void await(long millis, int... fds) throws LibcException {
        CompletableFuture<Void> woken = new CompletableFuture<>();
        if (millis >= 0) {
            woken.completeOnTimeout(null, millis, TimeUnit.MILLISECONDS);
        }
        try {
            for (int fd : fds) {
                watch(fd, woken);
            }
            woken.join();
        } finally {
            for (int fd : fds) {
                forget(fd, woken);
            }
        }
    }

    private synchronized void watch(int fd, CompletableFuture<Void> woken) throws LibcException {
        waiting.computeIfAbsent(fd, number -> new HashSet<>()).add(woken);
        Libc.epollArm(epoll.number(), fd, events | EPOLLONESHOT, fd);
    }

    private synchronized void forget(int fd, CompletableFuture<Void> woken) throws LibcException {
        Set<CompletableFuture<Void>> left = waiting.getOrDefault(fd, new HashSet<>());
        left.remove(woken);
        if (left.isEmpty()) {
            waiting.remove(fd);
            Libc.epollDelete(epoll.number(), fd);
        }
    }

    private void run() {
        ByteBuffer memory = Libc.epollEvents(MOST_EVENTS);
        try {
            while (true) {
                for (long fd : Libc.epollWait(epoll, memory)) {
                    waitingAt((int) fd).forEach(Poller::wake);
                }
            }
        } catch (LibcException e) {
            throw new UncheckedIOException("epoll_wait has no way to fail here", e);
        }
    }

    private static void wake(CompletableFuture<Void> woken) {
        try {
            woken.complete(null);
        } catch (OutOfMemoryError e) {
            // No carrier could be started for the thread, which is runnable all the same: it waits for another one.
        }
    }

    private synchronized List<CompletableFuture<Void>> waitingAt(int fd) {
        return List.copyOf(waiting.getOrDefault(fd, Set.of()));
    }
}
