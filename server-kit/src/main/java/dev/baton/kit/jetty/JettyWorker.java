package dev.baton.kit.jetty;

import dev.baton.handover.ListenerSpec;
import dev.baton.kit.Worker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.component.Container;
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
    /** The connectors that were looked at, once each. */
    private final Set<ServerConnector> seen = ConcurrentHashMap.newKeySet();
    /** Those that stand on listeners of ours. */
    private final Map<ServerConnector, ListenerSpec> supervised = new ConcurrentHashMap<>();

    private final AtomicBoolean started = new AtomicBoolean();
    /** The names of the listeners that connectors stand on. */
    private final Set<String> taken = ConcurrentHashMap.newKeySet();

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
                if (!installed.isFirstStart()) {
                    installed.supervised.forEach(installed::open); // the server opens them before they start
                    return;
                }
                worker.onDrained(installed.connections::stop);
                worker.onDrained(installed::stop);
                worker.add(installed.connections);
                installed.onStarting(
                        (connector, spec) -> {
                            installed.supervise(connector, spec);
                            if (readyWhenStarted) {
                                connector.addEventListener(new WhenStarted(installed::readyIfStarted));
                            }
                        },
                        JettyWorker::warnOf);
            }

            @Override
            public void lifeCycleStarted(LifeCycle event) {
                if (readyWhenStarted) {
                    installed.readyIfStarted();
                }
            }
        });
    }

    /** Some programs, Spring Boot among them, start the server first, and give it its connectors later. */
    private void readyIfStarted() {
        Connector[] connectors = server.getConnectors();
        if (server.isStarted() && connectors.length > 0 && Stream.of(connectors).allMatch(LifeCycle::isStarted)) {
            worker.ready();
        }
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
        AtomicBoolean isFollowed = new AtomicBoolean();
        server.addEventListener(new LifeCycle.Listener() {
            @Override
            public void lifeCycleStarting(LifeCycle event) {
                worker.get()
                        .filter(attached -> isFollowed.compareAndSet(false, true))
                        .ifPresent(attached -> {
                            JettyWorker followed = new JettyWorker(server, attached);
                            followed.onStarting(
                                    (connector, spec) -> {
                                        if (followed.taken.size() == 1) {
                                            attached.add(followed.connections);
                                            attached.onDrained(followed.connections::stop);
                                        }
                                        polite.accept(spec.name());
                                        followed.serve(connector, spec);
                                    },
                                    connector -> LOG.debug("{} is not supervised", connector));
                        });
            }
        });
    }

    /** Now, and not earlier: the program may have set handlers and added connectors since; and may add more. */
    private void onStarting(BiConsumer<ServerConnector, ListenerSpec> take, Consumer<ServerConnector> leave) {
        server.setHandler(new PoliteHandler(server.getHandler(), connections));
        connections.countRequests();
        // Which is told of those that are there, too.
        server.addEventListener(new Container.Listener() {
            @Override
            public void beanAdded(Container parent, Object bean) {
                if (parent == server && bean instanceof ServerConnector connector) {
                    onConnector(connector, take, leave);
                }
            }

            @Override
            public void beanRemoved(Container parent, Object bean) {
                // A listener that it stood on cannot be given to another: what it accepts there is under way.
            }
        });
    }

    private void onConnector(
            ServerConnector connector,
            BiConsumer<ServerConnector, ListenerSpec> take,
            Consumer<ServerConnector> leave) {
        if (!seen.add(connector)) {
            return; // taken from the server for a while
        }
        Optional<ListenerSpec> listener = connector.isRunning() ? Optional.empty() : listenerOf(connector);
        listener.ifPresentOrElse(
                spec -> {
                    taken.add(spec.name());
                    take.accept(connector, spec);
                },
                () -> leave.accept(connector));
    }

    private static void warnOf(ServerConnector connector) {
        LOG.warn(
                "connector {} stands on no listener of the supervisor and is bound by itself: during an upgrade its"
                        + " address is in use; name it with --listen",
                connector);
    }

    private Optional<ListenerSpec> listenerOf(ServerConnector connector) {
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

    private boolean isFirstStart() {
        return started.compareAndSet(false, true);
    }

    private void supervise(ServerConnector connector, ListenerSpec spec) {
        supervised.put(connector, spec);
        open(connector, spec);
        connector.addEventListener(new LifeCycle.Listener() {
            @Override
            public void lifeCycleStarting(LifeCycle event) {
                open(connector, spec);
            }
        });
        serve(connector, spec);
    }

    /** On a slot, also when it starts once more: a connector that has stopped has closed the last one's channel. */
    private void open(ServerConnector connector, ListenerSpec spec) {
        if (connector.isOpen()) {
            return;
        }
        try {
            ConnectorSlot slot =
                    ConnectorSlot.open(connector, spec.name(), worker.openPrivate(spec), connections.lastAccepts());
            worker.add(slot);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot put " + connector + " on listener " + spec, e);
        }
    }

    private void serve(ServerConnector connector, ListenerSpec spec) {
        Adoptions adoptions = new Adoptions(connector);
        connections.add(spec.name(), connector, adoptions::isArriving);
        if (beginsWithHttp(connector)) {
            new SupervisedConnectionFactory(spec.name(), connections, adoptions).putBefore(connector);
            worker.adopt(spec.name(), adoptions);
        } else {
            new LingeringConnectionFactory(connections::isDraining).putBefore(connector);
        }
    }

    /** Whether clients may speak plaintext HTTP/1.1 from their first byte, and so have connections that can move. */
    private static boolean beginsWithHttp(ServerConnector connector) {
        ConnectionFactory first = connector.getDefaultConnectionFactory();
        while (first instanceof RateLimitConnectionFactory limit) {
            first = limit.next(connector);
        }
        return first instanceof HttpConnectionFactory;
    }

    /** Runs something once a component has started. */
    private record WhenStarted(Runnable then) implements LifeCycle.Listener {
        @Override
        public void lifeCycleStarted(LifeCycle event) {
            then.run();
        }
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
