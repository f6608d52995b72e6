package dev.baton.kit.jetty;

import dev.baton.handover.ListenerSpec;
import dev.baton.kit.Worker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.component.LifeCycle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts an existing Jetty server on the supervisor's listeners.
 *
 * <pre>{@code
 * Server server = …;
 * JettyWorker.install(server); // before start()
 * server.start();
 * }</pre>
 *
 * <p>A connector stands on a listener when it bears the listener's name ({@code connector.setName("http")}), or when its
 * host and port mean the listener's address. Without a supervisor nothing changes.
 *
 * <p>While the worker drains, requests are answered as ever. A plaintext HTTP/1.1 connection moves to the next worker
 * as soon as it is quiet; one that cannot move is told {@code Connection: close} with its next response. When the last
 * is gone, or the deadline has come, the server is stopped.
 */
public final class JettyWorker {
    private static final Logger LOG = LoggerFactory.getLogger(JettyWorker.class);

    private final Server server;
    private final Worker worker;
    private final JettyConnections connections;

    private JettyWorker(Server server, Worker worker) {
        this.server = server;
        this.worker = worker;
        this.connections = new JettyConnections(server);
    }

    /**
     * Attaches to the supervisor, if there is one, and installs. The worker is ready when the server has started,
     * unless the program has attached before: then its own {@link Worker#ready()} counts.
     *
     * @throws IOException if there should be a supervisor, and it does not answer or refuses
     */
    public static void install(Server server) throws IOException {
        boolean programAttached = Worker.attached().isPresent();
        install(server, Worker.attach(), !programAttached);
    }

    /** Installs for a program that has attached, and says itself when it is ready. */
    public static void install(Server server, Worker worker) {
        install(server, worker, false);
    }

    private static void install(Server server, Worker worker, boolean readyWhenStarted) {
        if (server.isRunning()) {
            throw new IllegalStateException("install before the server starts: its connectors are bound already");
        }
        if (!worker.isSupervised()) {
            return;
        }
        JettyWorker installed = new JettyWorker(server, worker);
        server.addEventListener(new LifeCycle.Listener() {
            @Override
            public void lifeCycleStarting(LifeCycle event) {
                installed.onStarting();
            }

            @Override
            public void lifeCycleStarted(LifeCycle event) {
                if (readyWhenStarted) {
                    worker.ready();
                }
            }
        });
    }

    /**
     * For a program that knows nothing of this: its connectors bind by themselves, into slots that are somebody else's,
     * who also says when the worker is ready and stops it when it is drained. Its connections are counted, moved and
     * ended like any others.
     *
     * @param worker asked for when the server starts; empty lets the server be
     * @param polite told the name of each listener whose connections are this server's
     */
    public static void follow(Server server, Supplier<Optional<Worker>> worker, Consumer<String> polite) {
        server.addEventListener(new LifeCycle.Listener() {
            @Override
            public void lifeCycleStarting(LifeCycle event) {
                worker.get().ifPresent(attached -> new JettyWorker(server, attached).onStarting(polite));
            }
        });
    }

    private void onStarting(Consumer<String> polite) {
        Set<String> taken = new HashSet<>();
        for (Connector connector : server.getConnectors()) {
            if (connector instanceof ServerConnector network) {
                listenerOf(network, taken).ifPresent(spec -> {
                    taken.add(spec.name());
                    polite.accept(spec.name());
                    serve(network, spec);
                });
            }
        }
        if (!taken.isEmpty()) {
            server.setHandler(new PoliteHandler(server.getHandler(), connections));
            worker.add(connections);
        }
    }

    private void onStarting() {
        // Now, and not at install: the program may have set handlers and added connectors since.
        server.setHandler(new PoliteHandler(server.getHandler(), connections));
        Set<String> taken = new HashSet<>();
        List<ServerConnector> alone = new ArrayList<>();
        for (Connector connector : server.getConnectors()) {
            if (connector instanceof ServerConnector network) {
                Optional<ListenerSpec> listener = listenerOf(network, taken);
                listener.ifPresentOrElse(spec -> supervise(network, spec), () -> alone.add(network));
                listener.ifPresent(spec -> taken.add(spec.name()));
            }
        }
        for (ServerConnector connector : alone) {
            LOG.warn(
                    "connector {} stands on no listener of the supervisor and is bound by itself: during an upgrade"
                            + " its address is in use; name it with --listen",
                    connector);
        }
        worker.add(connections);
        worker.onDrained(this::stop);
    }

    private Optional<ListenerSpec> listenerOf(ServerConnector connector, Set<String> taken) {
        List<ListenerSpec> free = worker.listeners().stream()
                .filter(spec -> !taken.contains(spec.name()))
                .toList();
        InetSocketAddress address = connector.getHost() == null
                ? new InetSocketAddress(connector.getPort())
                : new InetSocketAddress(connector.getHost(), connector.getPort());
        return free.stream()
                .filter(spec -> spec.name().equals(connector.getName()))
                .findFirst()
                .or(() -> free.stream().filter(spec -> spec.covers(address)).findFirst());
    }

    private void supervise(ServerConnector connector, ListenerSpec spec) {
        try {
            ConnectorSlot slot = ConnectorSlot.open(connector, spec.name(), worker.openPrivate(spec));
            worker.add(slot);
            serve(connector, spec);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot put " + connector + " on listener " + spec, e);
        }
    }

    private void serve(ServerConnector connector, ListenerSpec spec) {
        connections.add(connector);
        if (beginsWithHttp(connector)) {
            Adoptions adoptions = new Adoptions(connector);
            connector.addFirstConnectionFactory(new SupervisedConnectionFactory(spec.name(), connections, adoptions));
            worker.adopt(spec.name(), adoptions);
        }
    }

    /** Whether clients may speak plaintext HTTP/1.1 from their first byte, and so have connections that can move. */
    private static boolean beginsWithHttp(ServerConnector connector) {
        return connector.getConnectionFactories().stream()
                .filter(factory -> !(factory instanceof RateLimitConnectionFactory))
                .findFirst()
                .filter(HttpConnectionFactory.class::isInstance)
                .isPresent();
    }

    /** On a thread of its own: a server that stops waits for its threads, and this may be one that it waits for. */
    private void stop() {
        Thread thread = new Thread(
                () -> {
                    try {
                        server.stop();
                    } catch (Exception e) {
                        LOG.warn("the drained server did not stop properly", e);
                    }
                },
                "baton-stop");
        thread.start();
    }
}
