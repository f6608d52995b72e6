package dev.baton.supervisor.control;

import dev.baton.supervisor.Supervision;
import dev.baton.supervisor.config.RuntimeDirectories;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;

/**
 * The supervisor's control socket: HTTP and JSON for those who may.
 *
 * <p>Threading: a few daemon threads of its own, none of which a slow or waiting client can hold.
 *
 * <p>Ownership: whoever started it closes it; the supervision stays the caller's. Closing removes the socket.
 */
public final class ControlEndpoint implements Closeable {
    private static final int MOST_THREADS = 8;
    private static final String REFERENCES_PER_CACHE_LINE = "org.eclipse.jetty.util.referencesPerCacheLine";

    static {
        // Jetty would ask the platform's MBean server for it, and to start that one takes longer than to start Jetty.
        // 64 bytes of four each: what Jetty finds out by itself on every JVM with a heap as small as this one's.
        if (System.getProperty(REFERENCES_PER_CACHE_LINE) == null) {
            System.setProperty(REFERENCES_PER_CACHE_LINE, "16");
        }
    }

    private final Server server;
    private final EventLog events;
    private final Path socket;
    private final Limits limits;

    private ControlEndpoint(Server server, EventLog events, Path socket, Limits limits) {
        this.server = server;
        this.events = events;
        this.socket = socket;
        this.limits = limits;
    }

    /**
     * Begins to answer.
     *
     * @param events what is sent to those who follow {@code /v1/events}; somebody else feeds it
     * @param socket where; its directory exists, and what a dead supervisor left there is replaced
     * @param allowedUids who may besides root and this process's own user; they need access to the file by its group
     * @throws IOException if the socket cannot be made
     */
    public static ControlEndpoint start(Supervision supervision, EventLog events, Path socket, Set<Integer> allowedUids)
            throws IOException {
        return start(supervision, events, socket, allowedUids, Limits.USUAL);
    }

    static ControlEndpoint start(
            Supervision supervision, EventLog events, Path socket, Set<Integer> allowedUids, Limits limits)
            throws IOException {
        RuntimeDirectories.requireShortEnough(socket);
        ControlEndpoint endpoint =
                new ControlEndpoint(server(supervision, events, socket, allowedUids, limits), events, socket, limits);
        try {
            Files.deleteIfExists(socket);
            endpoint.server.start();
            // Until now the directory's mode kept everyone out, and who is not allowed never got in anyway.
            String mode = allowedUids.isEmpty() ? "rw-------" : "rw-rw----";
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString(mode));
            return endpoint;
        } catch (Exception e) {
            endpoint.close();
            throw new IOException("can't listen on the control socket " + socket + ": " + e.getMessage(), e);
        }
    }

    private static Server server(
            Supervision supervision, EventLog events, Path socket, Set<Integer> allowedUids, Limits limits)
            throws IOException {
        QueuedThreadPool threads = new QueuedThreadPool(MOST_THREADS, 1);
        threads.setName("control");
        threads.setDaemon(true);
        threads.setReservedThreads(0);
        ScheduledExecutorScheduler scheduler = new ScheduledExecutorScheduler("control-timer", true);
        Server server = new Server(threads, scheduler, new ByteBufferPool.NonPooling());
        server.setStopAtShutdown(false);
        server.setErrorHandler(new ProblemPages());

        HttpConnectionFactory http = new HttpConnectionFactory(http(limits));
        ControlConnector connector = new ControlConnector(server, allowedUids, limits.clients(), http);
        connector.setUnixDomainPath(socket);
        connector.setIdleTimeout(limits.idle().toMillis());
        connector.setAcceptQueueSize(limits.clients());
        ArrivalDeadline arrival = new ArrivalDeadline(scheduler, limits.arrival());
        connector.addBean(arrival);
        server.addConnector(connector);
        server.addBean(arrival);
        server.setHandler(new ControlHandler(new ControlApi(supervision, events, limits), events, arrival, limits));
        return server;
    }

    private static HttpConfiguration http(Limits limits) {
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

    /**
     * Answers over TCP, too, to those who have a token.
     *
     * @param hosts the names, besides numbers and {@code localhost}, by which clients may call it
     * @return where: with the port that the kernel chose, if it was to
     * @throws IOException if nothing can listen there
     */
    public InetSocketAddress listen(InetSocketAddress address, Set<String> hosts, Token reads, Token acts)
            throws IOException {
        TokenGate gate = new TokenGate(reads, acts, hosts);
        TcpConnector tcp = new TcpConnector(server, gate, limits.clients(), new HttpConnectionFactory(http(limits)));
        tcp.setHost(address.getAddress().getHostAddress());
        tcp.setPort(address.getPort());
        tcp.setIdleTimeout(limits.idle().toMillis());
        tcp.setAcceptQueueSize(limits.clients());
        tcp.addBean(server.getBean(ArrivalDeadline.class), false);
        try {
            server.addConnector(tcp);
            tcp.start();
            return new InetSocketAddress(address.getAddress(), tcp.getLocalPort());
        } catch (Exception e) {
            server.removeConnector(tcp);
            throw new IOException("can't listen on control.http " + address + ": " + e.getMessage(), e);
        }
    }

    /** Where it answers. */
    public Path socket() {
        return socket;
    }

    /** Stops answering, and removes the socket. */
    @Override
    public void close() throws IOException {
        events.end();
        try {
            server.setStopTimeout(TimeUnit.SECONDS.toMillis(1));
            server.stop();
        } catch (Exception e) {
            throw new IOException("can't stop the control endpoint", e);
        } finally {
            Files.deleteIfExists(socket);
        }
    }
}
