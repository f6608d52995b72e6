package dev.baton.kit.jetty;

import java.time.Duration;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The exchanges on a server's supervised connections: those of HTTP/1 on movable ones are found there, and all others are
 * followed from their beginning.
 *
 * <p>Threading: any.
 */
final class Exchanges {
    private static final Logger LOG = LoggerFactory.getLogger(Exchanges.class);

    /** How long event streams get to be ended; only a client that does not read takes so long. */
    private static final Duration END = Duration.ofSeconds(1);

    private final JettyConnections connections;
    private final Iterable<MovableEndPoint> movable;
    /** Those that are not found on a movable connection. */
    private final Set<Exchange> others = ConcurrentHashMap.newKeySet();

    /** @param movable that there are at any time */
    Exchanges(JettyConnections connections, Iterable<MovableEndPoint> movable) {
        this.connections = connections;
        this.movable = movable;
    }

    /** Whether it need not be followed to be found. */
    static boolean isFoundOnItsConnection(Request request) {
        return isOneAtATime(request) && endPoint(request) instanceof MovableEndPoint;
    }

    /** Under the connection of a request. */
    static EndPoint endPoint(Request request) {
        return request.getConnectionMetaData().getConnection().getEndPoint();
    }

    private static boolean isOneAtATime(Request request) {
        return request.getConnectionMetaData().getHttpVersion().getVersion() < HttpVersion.HTTP_2.getVersion();
    }

    /** Stands before the stream of a request until both end; any thread, at any moment of it. */
    void follow(Request request) {
        request.addHttpStreamWrapper(stream -> exchangeIn(stream).isPresent() ? stream : begin(stream, request));
    }

    private static Optional<Exchange> exchangeIn(HttpStream stream) {
        HttpStream layer = stream;
        while (!(layer instanceof Exchange) && layer instanceof HttpStream.Wrapper wrapper) {
            layer = wrapper.getWrapped();
        }
        return layer instanceof Exchange exchange ? Optional.of(exchange) : Optional.empty();
    }

    private Exchange begin(HttpStream stream, Request request) {
        Exchange exchange = new Exchange(stream, request, isOneAtATime(request), connections);
        if (!isFoundOnItsConnection(request)) {
            others.add(exchange);
        }
        return exchange;
    }

    /** Follows those that have begun already on movable connections. */
    void follow() {
        forRequestsOnMovable(this::follow);
    }

    private void forRequestsOnMovable(Consumer<Request> action) {
        for (MovableEndPoint endPoint : movable) {
            try {
                endPoint.request().ifPresent(action);
            } catch (IllegalStateException e) {
                LOG.trace("a request on {} has just ended", endPoint, e);
            }
        }
    }

    /** It is over. */
    void end(Exchange exchange) {
        others.remove(exchange);
    }

    private Set<Exchange> followed() {
        Set<Exchange> followed = new HashSet<>(others);
        forRequestsOnMovable(request -> request.addHttpStreamWrapper(stream -> {
            exchangeIn(stream).ifPresent(followed::add);
            return stream;
        }));
        return followed;
    }

    /** The connections with a request in work. */
    Set<Connection> busy() {
        Set<Connection> busy = new HashSet<>();
        for (MovableEndPoint endPoint : movable) {
            if (endPoint.isInARequest()) {
                busy.add(endPoint.getConnection());
            }
        }
        for (Exchange exchange : others) {
            busy.add(exchange.connection());
        }
        return busy;
    }

    /** Ends what has to be ended before its connection is closed: event streams, by their last chunk. */
    void cut() {
        CompletableFuture<?>[] ends =
                followed().stream().map(Exchange::cut).filter(Objects::nonNull).toArray(CompletableFuture<?>[]::new);
        try {
            CompletableFuture.allOf(ends).get(END.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("some event streams could not be ended", e);
        }
    }
}
