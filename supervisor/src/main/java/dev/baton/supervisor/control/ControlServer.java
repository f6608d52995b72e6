package dev.baton.supervisor.control;

import dev.baton.supervisor.Supervision;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;

/**
 * The HTTP server behind the doors. It comes up with the first client: most supervisors are asked now and then, or
 * never, and it is what takes most of their memory.
 *
 * <p>Threading: any. Its own are a few daemon threads, none of which a slow or waiting client can hold.
 */
final class ControlServer {
    private static final int MOST_THREADS = 8;
    private static final String REFERENCES_PER_CACHE_LINE = "org.eclipse.jetty.util.referencesPerCacheLine";

    static {
        // Jetty would ask the platform's MBean server for it, and to start that one takes longer than to start Jetty.
        // 64 bytes of four each: what Jetty finds out by itself on every JVM with a heap as small as this one's.
        if (System.getProperty(REFERENCES_PER_CACHE_LINE) == null) {
            System.setProperty(REFERENCES_PER_CACHE_LINE, "16");
        }
    }

    private final Supervision supervision;
    private final EventLog events;
    private final Limits limits;
    private final Map<Optional<TokenGate>, AcceptedConnector> connectors = new HashMap<>();
    private Server server;
    private ArrivalDeadline arrival;
    private boolean closed;

    ControlServer(Supervision supervision, EventLog events, Limits limits) {
        this.supervision = supervision;
        this.events = events;
        this.limits = limits;
    }

    /** Whether anybody has come so far. */
    synchronized boolean isUp() {
        return server != null;
    }

    /**
     * Answers a client, and closes it in the end.
     *
     * @param gate what its requests have to pass; without one it may do what it wants
     */
    synchronized void take(SocketChannel client, Optional<TokenGate> gate) throws IOException {
        if (closed) {
            client.close();
            return;
        }
        try {
            if (server == null) {
                server = start();
            }
            AcceptedConnector connector = connectors.get(gate);
            if (connector == null) {
                connector = connect(gate);
                connectors.put(gate, connector);
            }
            connector.take(client);
        } catch (Exception e) {
            throw new IllegalStateException("clients of the control endpoint cannot be answered", e);
        }
    }

    private Server start() throws Exception {
        QueuedThreadPool threads = new QueuedThreadPool(MOST_THREADS, 1);
        threads.setName("control");
        threads.setDaemon(true);
        threads.setReservedThreads(0);
        ScheduledExecutorScheduler scheduler = new ScheduledExecutorScheduler("control-timer", true);
        Server starting = new Server(threads, scheduler, new ByteBufferPool.NonPooling());
        starting.setStopAtShutdown(false);
        starting.setStopTimeout(TimeUnit.SECONDS.toMillis(1));
        starting.setErrorHandler(new ProblemPages());
        arrival = new ArrivalDeadline(scheduler, limits.arrival());
        starting.setHandler(new ControlHandler(new ControlApi(supervision), events, arrival, limits));
        startOrStop(starting);
        return starting;
    }

    /** An Error, too, leaves nothing of it: without a thread to be had, it is one. */
    private static void startOrStop(LifeCycle part) throws Exception {
        try {
            part.start();
        } catch (Exception | Error e) {
            try {
                part.stop();
            } catch (Exception | Error again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    private AcceptedConnector connect(Optional<TokenGate> gate) throws Exception {
        AcceptedConnector connector =
                new AcceptedConnector(server, gate, limits.followers(), new HttpConnectionFactory(http()));
        connector.setIdleTimeout(limits.idle().toMillis());
        connector.addBean(arrival, false);
        startOrStop(connector);
        server.addConnector(connector);
        return connector;
    }

    private HttpConfiguration http() {
        HttpConfiguration http = new HttpConfiguration();
        http.setRequestHeaderSize(limits.headers());
        http.setIdleTimeout(limits.idle().toMillis());
        // A connection for each request: connecting costs next to nothing here, and then no client holds a place
        // which it does not use.
        http.setPersistentConnectionsEnabled(false);
        http.setSendServerVersion(false);
        http.setSendDateHeader(false);
        return http;
    }

    /** Ends what clients wait for, after a second at most. */
    synchronized void close() throws IOException {
        closed = true;
        if (server != null) {
            try {
                server.stop();
            } catch (Exception e) {
                throw new IOException("can't stop the control endpoint", e);
            }
        }
    }
}
