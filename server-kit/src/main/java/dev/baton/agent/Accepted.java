package dev.baton.agent;

import dev.baton.handover.Libc;
import dev.baton.handover.Traffic;
import dev.baton.kit.Drain;
import dev.baton.kit.Drainable;
import dev.baton.kit.LastAccepts;
import java.io.FileDescriptor;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The connections that a program has accepted at its supervised listeners, whatever they speak.
 *
 * <p>One is quiet when nothing has come or gone for a while, nothing is under way in either direction, and the last word
 * was ours: who has asked and not been answered still waits. When all are quiet the program may end. One over a unix
 * socket, of which that is not known, is waited for until it is closed.
 *
 * <p>Threading: any.
 */
final class Accepted implements Drainable {
    /** How long nothing must have happened: longer than clients pause that have more to ask. */
    static final Duration QUIET = Duration.ofSeconds(1);

    private static final Duration LOOK = Duration.ofMillis(20);
    private static final Duration COUNT = Duration.ofSeconds(1);

    private final Map<FileDescriptor, Connection> open = new ConcurrentHashMap<>();
    private final LongAdder accepted = new LongAdder();
    private volatile Count count = new Count(0, 0);
    private final Http2Connections http2 = new Http2Connections(Http2Connection::of);
    private volatile boolean draining;
    private final LastAccepts lastAccepts = new LastAccepts();
    /** Of listeners whose connections somebody else looks after, who cannot ask for these either. */
    private final LastAccepts lastAcceptsOfOthers = new LastAccepts();

    private record Connection(ProgramListener listener, int number, long since) {}

    private record Count(long idle, long at) {}

    void add(ProgramListener listener, FileDescriptor fd, int number) {
        accepted.increment();
        open.put(fd, new Connection(listener, number, System.nanoTime()));
    }

    void remove(FileDescriptor fd) {
        open.remove(fd);
    }

    /** To be told when this listener becomes the public one, and when it is no longer that. */
    LastAccepts lastAcceptsOf(ProgramListener listener) {
        return listener.isServedPolitely() ? lastAcceptsOfOthers : lastAccepts;
    }

    Http2Connections http2() {
        return http2;
    }

    boolean isDraining() {
        return draining;
    }

    @Override
    public long active() {
        return Math.max(0, open.size() - idle());
    }

    /** Asked several times a second, and a call into the kernel for each connection. */
    @Override
    public long idle() {
        long now = System.nanoTime();
        if (now - count.at() > COUNT.toNanos()) {
            count = new Count(open.values().stream().filter(c -> isQuiet(c)).count(), now);
        }
        return Math.min(count.idle(), open.size());
    }

    @Override
    public long handedOver() {
        return 0;
    }

    @Override
    public Traffic traffic() {
        return Traffic.accepted(accepted.sum());
    }

    @Override
    public void drain(Drain begun) {
        draining = true;
        http2.drain();
    }

    @Override
    public boolean awaitDrained(Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!isDrained()) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            Thread.sleep(Math.max(1, Math.min(LOOK.toMillis(), left / 1_000_000)));
        }
        return true;
    }

    /** What somebody has told of during the look counts. */
    private boolean isDrained() {
        return !http2.isTelling()
                && areQuiet()
                && lastAccepts.areKnown(isOpenOrQuiet())
                && lastAcceptsOfOthers.areKnown(Accepted::isQuiet)
                && areQuiet();
    }

    private boolean areQuiet() {
        return open.values().stream().allMatch(this::isQuiet);
    }

    private boolean isQuiet(Connection connection) {
        return connection.listener.tellsQuiet()
                && (Libc.isQuiet(connection.number, QUIET) || hasGoneAway(connection.number));
    }

    private boolean hasGoneAway(int number) {
        return draining
                && Libc.remoteAddress(number)
                        .filter(remote -> http2.hasDone(remote, QUIET))
                        .isPresent()
                && Libc.isSilent(number, QUIET);
    }

    private static boolean isQuiet(int number) {
        return Libc.localInetAddress(number).isPresent() && Libc.isQuiet(number, QUIET);
    }

    private IntPredicate isOpenOrQuiet() {
        Set<Integer> numbers = open.values().stream().map(Connection::number).collect(Collectors.toSet());
        return number -> numbers.contains(number) || isQuiet(number);
    }

    /** Names what is left. The program's own end closes it: it alone knows what lies in its buffers. */
    @Override
    public List<String> cut() {
        long now = System.nanoTime();
        return Stream.concat(
                        open.values().stream()
                                .filter(connection -> !isQuiet(connection))
                                .map(connection -> description(connection, now)),
                        lastAccepts.named(isOpenOrQuiet()).stream())
                .toList();
    }

    private static String description(Connection connection, long now) {
        String remote =
                Libc.remoteAddress(connection.number).map(Object::toString).orElse("a client");
        return connection.listener.name() + " " + remote + " open for "
                + Duration.ofNanos(now - connection.since).toSeconds() + " s, in the middle of something";
    }

    @Override
    public String toString() {
        return "accepted connections";
    }
}
