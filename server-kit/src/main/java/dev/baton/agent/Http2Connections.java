package dev.baton.agent;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of the program's connections by HTTP/2. In a drain each is told once to go away, and those that are idle
 * right at its beginning: a client that has its next request on the way while the program ends would lose it.
 *
 * <p>Threading: any.
 */
final class Http2Connections {
    private static final Logger LOG = LoggerFactory.getLogger(Http2Connections.class);

    /** Sooner a server may not have said its SETTINGS, which come before all else, RFC 9113 3.4. */
    private static final Duration BEGINNING = Duration.ofSeconds(1);

    /** What carries them, as it is passed by {@link ServerWeaving}, and since when. */
    private final Map<Object, Long> untold = Collections.synchronizedMap(new WeakHashMap<>());

    private final Map<SocketAddress, Told> told = new ConcurrentHashMap<>();

    private volatile boolean telling;

    private record Told(Http2Connection connection, long at) {}

    void add(Object carrier) {
        untold.put(carrier, System.nanoTime());
    }

    /** Tells all but the youngest, on a thread of its own: a server may wait for one client's socket. */
    void drain() {
        long now = System.nanoTime();
        List<Object> begun = new ArrayList<>();
        synchronized (untold) {
            untold.forEach((carrier, since) -> {
                if (now - since > BEGINNING.toNanos()) {
                    begun.add(carrier);
                }
            });
        }
        if (!begun.isEmpty()) {
            telling = true;
            Thread thread = new Thread(() -> tell(begun), "baton-goaway");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void tell(List<Object> carriers) {
        try {
            carriers.forEach(this::tell);
        } finally {
            telling = false;
        }
    }

    /** Until then one may be quiet that is yet to be told. */
    boolean isTelling() {
        return telling;
    }

    /** In a drain, with a response: the youngest have yet to be told. */
    void tell(Object carrier) {
        if (untold.remove(carrier) == null) {
            return;
        }
        try {
            Http2Connection connection = Http2Connection.of(carrier);
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
        try {
            return its != null && System.nanoTime() - its.at > ago.toNanos() && its.connection.isIdle();
        } catch (ReflectiveOperationException | RuntimeException e) {
            return false;
        }
    }
}
