package dev.baton.agent;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of the program's connections by HTTP/2. In a drain each is told once to go away, and those that are idle
 * first of all: a client that has its next request on the way while the program ends would lose it.
 *
 * <p>Threading: any.
 */
final class Http2Connections {
    private static final Logger LOG = LoggerFactory.getLogger(Http2Connections.class);

    /** Sooner a server may not have said its SETTINGS, which come before all else, RFC 9113 3.4. */
    private static final Duration BEGINNING = Duration.ofSeconds(1);

    /** How long one is waited for to be idle: clients of Java before 24 fail what is under way then, JDK-8335181. */
    private static final Duration BUSY = Duration.ofSeconds(1);

    private static final Duration LOOK = Duration.ofMillis(20);

    /** So many at each look, or a part of all: they connect anew, and the next worker has just begun. */
    private static final int AT_ONCE = 16;

    private static final int LOOKS = 32;

    /** What carries them, as it is passed by {@link ServerWeaving}, and since when. */
    private final Map<Object, Long> untold = Collections.synchronizedMap(new WeakHashMap<>());

    private final AtomicInteger underWay = new AtomicInteger();
    private final Map<SocketAddress, Told> told = new ConcurrentHashMap<>();

    private final Function<Object, Http2Connection> by;

    private record Told(Http2Connection connection, long at) {}

    /** @param by what a carrier is a connection by */
    Http2Connections(Function<Object, Http2Connection> by) {
        this.by = by;
    }

    void add(Object carrier) {
        untold.put(carrier, System.nanoTime());
    }

    /** Begins to tell them all, and whoever comes later. */
    void drain() {
        start(this::tellAll);
    }

    private static void start(Runnable run) {
        Thread thread = new Thread(run, "baton-goaway");
        thread.setDaemon(true);
        thread.start();
    }

    private void tellAll() {
        long start = System.nanoTime();
        while (true) {
            boolean patient = System.nanoTime() - start < BUSY.toNanos();
            Map<Object, Http2Connection> begun = begun();
            begun.entrySet().stream()
                    .filter(each -> !patient || isIdle(each.getValue()))
                    .limit(Math.max(AT_ONCE, begun.size() / LOOKS))
                    .forEach(each -> tellOne(each.getKey(), each.getValue()));
            try {
                Thread.sleep(LOOK.toMillis());
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void tellOne(Object carrier, Http2Connection connection) {
        if (isIdle(connection)) {
            tell(carrier, connection);
        } else {
            start(() -> tell(carrier, connection)); // a server may wait for what its client takes its time to read
        }
    }

    /** Those that are yet to be told, and can be. */
    private Map<Object, Http2Connection> begun() {
        Map<Object, Http2Connection> begun = new HashMap<>();
        long now = System.nanoTime();
        synchronized (untold) {
            untold.forEach((carrier, since) -> {
                if (now - since > BEGINNING.toNanos()) {
                    begun.put(carrier, by.apply(carrier));
                }
            });
        }
        return begun;
    }

    /** Until then one may be quiet that is yet to be told. */
    boolean isTelling() {
        return !begun().isEmpty() || underWay.get() > 0;
    }

    private void tell(Object carrier, Http2Connection connection) {
        underWay.incrementAndGet();
        try {
            if (untold.remove(carrier) == null) {
                return;
            }
            connection.goAway();
            SocketAddress remote = connection.remote();
            if (remote != null) {
                told.put(remote, new Told(connection, System.nanoTime()));
            }
        } catch (InvocationTargetException e) {
            if (!(e.getCause() instanceof IOException)) { // else it is closed
                warn(e.getCause());
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            warn(e);
        } finally {
            underWay.decrementAndGet();
        }
    }

    private static void warn(Throwable e) {
        LOG.warn("a client of HTTP/2 could not be told to go: {}", e.toString());
    }

    /**
     * Whether this client was told so long ago, and has all its answers: what has come from it since is none of a
     * request, but acknowledges what it was told, or makes room for more.
     */
    boolean hasDone(SocketAddress remote, Duration ago) {
        Told its = told.get(remote);
        return its != null && System.nanoTime() - its.at > ago.toNanos() && isIdle(its.connection);
    }

    private static boolean isIdle(Http2Connection connection) {
        try {
            return connection.isIdle();
        } catch (ReflectiveOperationException | RuntimeException e) {
            return false;
        }
    }
}
