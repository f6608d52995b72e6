package dev.baton.kit.jetty;

import dev.baton.handover.Libc;
import dev.baton.handover.Traffic;
import dev.baton.kit.Drain;
import dev.baton.kit.Drainable;
import dev.baton.kit.Handover;
import dev.baton.kit.LastAccepts;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SelectableChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The connections of a server's supervised connectors: counted, moved to the next worker, ended politely, cut. */
final class JettyConnections implements Drainable {
    /** How often it looks whether the last connection is gone; Jetty tells of each, but before its end point is. */
    private static final Duration LOOK = Duration.ofMillis(10);

    /** And as long as the drain is young, when most of what there is moves away. */
    private static final Duration FIRST_LOOK = Duration.ofMillis(1);

    private static final Duration YOUNG = Duration.ofMillis(100);

    private static final Logger LOG = LoggerFactory.getLogger(JettyConnections.class);

    /** Of every server in this process: whose a connection is, nobody else can tell. */
    private static final Set<JettyConnections> ALL = Collections.newSetFromMap(new WeakHashMap<>());

    private final Server server;
    private final Goodbyes goodbyes;
    private final Lingering lingering;
    private final List<ServerConnector> connectors = new CopyOnWriteArrayList<>();
    /** At each of the connectors; an understudy waits for none of them. */
    private final List<Accepting> accepting = new CopyOnWriteArrayList<>();

    private final Set<String> listeners = ConcurrentHashMap.newKeySet();
    private final Set<MovableEndPoint> movable = ConcurrentHashMap.newKeySet();
    private final Recorder recorder = new Recorder();
    private final LongAdder accepted = new LongAdder();
    private final Mover mover;
    private final Exchanges exchanges = new Exchanges(this, movable);
    private volatile DrainRehearsal rehearsal;
    private volatile Drain drain;
    private volatile long drainedSince;
    private final LastAccepts lastAccepts = new LastAccepts();

    JettyConnections(Server server) {
        this(server, List.of(), null);
        synchronized (ALL) {
            ALL.add(this);
        }
    }

    /** An understudy's, of connectors that somebody else looks after. */
    private JettyConnections(Server server, List<ServerConnector> connectors, DrainRehearsal rehearsal) {
        this.server = server;
        this.rehearsal = rehearsal;
        this.connectors.addAll(connectors);
        this.mover = new Mover(this.connectors, movable);
        this.goodbyes = new Goodbyes(this.connectors);
        this.lingering = new Lingering(this.connectors);
    }

    /** @param isOfAnotherWorker whether a channel has come from the worker before, which has counted it */
    void add(String listener, ServerConnector connector, Predicate<SelectableChannel> isOfAnotherWorker) {
        listeners.add(listener);
        connectors.add(connector);
        accepting.add(Accepting.at(connector));
        connector.getSelectorManager().addEventListener(new SelectorManager.AcceptListener() {
            @Override
            public void onAccepting(SelectableChannel channel) {
                if (!isOfAnotherWorker.test(channel) && !isRehearsed(channel)) {
                    accepted.increment();
                }
            }
        });
        connector.addBean(new Connection.Listener() {
            @Override
            public void onOpened(Connection connection) {
                goodbyes.onOpened(connection);
            }

            @Override
            public void onClosed(Connection connection) {
                goodbyes.onClosed(connection);
                MovableEndPoint.under(connection.getEndPoint()).ifPresent(MovableEndPoint::onClosed);
            }
        });
    }

    /** To be told of the public listeners. Where the slots are somebody else's, so is the wait for what is accepted last. */
    LastAccepts lastAccepts() {
        return lastAccepts;
    }

    void add(MovableEndPoint endPoint) {
        movable.add(endPoint);
    }

    void remove(MovableEndPoint endPoint) {
        movable.remove(endPoint);
    }

    /** From now on the connection of a rehearsal is its understudies'; {@code null} ends it. */
    void rehearse(DrainRehearsal wanted) {
        rehearsal = wanted;
    }

    /** The one that is under way, or that these are understudies in; {@code null} where there is none. */
    DrainRehearsal rehearsal() {
        return rehearsal;
    }

    /**
     * Who looks after a connection that begins: these, or an understudy.
     *
     * @param moved whether it has come from a worker
     */
    JettyConnections whose(SocketAddress client, boolean moved) {
        DrainRehearsal current = rehearsal;
        if (current == null || !current.isWith(client)) {
            return this;
        }
        return moved ? current.change() : current.now();
    }

    private boolean isRehearsed(SelectableChannel channel) {
        DrainRehearsal current = rehearsal;
        return current != null
                && Accepting.clientOf(channel).filter(current::isWith).isPresent();
    }

    /** Who looks after the connection of a request: these, or an understudy. */
    JettyConnections whose(Request request) {
        return Exchanges.endPoint(request) instanceof MovableEndPoint movable ? movable.connections() : this;
    }

    /** Counts the requests of a server that has not started. */
    void countRequests() {
        recorder.install(server, request -> whose(request) != this);
    }

    /**
     * Whether an exchange that begins has to be followed from now on. While the worker serves, one on a movable
     * connection has not: it would take three of Jetty's locks, and is found there when a drain begins.
     */
    boolean mustFollow(Request request) {
        return drain != null || !Exchanges.isFoundOnItsConnection(request);
    }

    Exchanges exchanges() {
        return exchanges;
    }

    boolean isDraining() {
        return drain != null;
    }

    /** Whether a connection that is quiet goes to the next worker now. */
    boolean canMoveNow() {
        return canMove() && mover.hasRoom();
    }

    /** Whether connections are on their way there. */
    boolean isMoving() {
        return mover.isMoving();
    }

    /** Whether connections go to the next worker, each when its turn has come. */
    boolean canMove() {
        Drain current = drain;
        return current != null && !mover.isStopped() && current.canHandOver();
    }

    /** Whether that is where they go, or went as long as somebody was there. */
    boolean handsOverTo(Handover next) {
        Drain current = drain;
        return current != null && current.handsOverTo(next);
    }

    /** Whether the connection of an exchange is to end with it. */
    boolean mustEnd(Exchange exchange) {
        if (drain == null) {
            return false;
        }
        return !(canMove()
                && MovableEndPoint.under(exchange.endPoint())
                        .filter(MovableEndPoint::mayMove)
                        .isPresent());
    }

    void move(MovableEndPoint endPoint) {
        mover.move(endPoint);
    }

    @Override
    public long active() {
        return exchanges.busy().size();
    }

    @Override
    public long idle() {
        return Math.max(0, open() - active());
    }

    @Override
    public long handedOver() {
        return mover.moved();
    }

    @Override
    public Traffic traffic() {
        return recorder.traffic(accepted.sum());
    }

    private long open() {
        DrainRehearsal current = rehearsal;
        long rehearsed = current != null && current.isConnected() ? 1 : 0;
        long all = 0;
        for (ServerConnector connector : connectors) {
            all += connector.getConnectedEndPoints().size();
        }
        return Math.max(0, all - rehearsed);
    }

    @Override
    public boolean rehearse(String listener, InetSocketAddress at, Handover toItself)
            throws IOException, InterruptedException {
        return listeners.contains(listener)
                && DrainRehearsal.of(this, its -> new JettyConnections(server, connectors, its), at, toItself);
    }

    /** The movable connection of this client. */
    Optional<MovableEndPoint> from(SocketAddress client) {
        return movable.stream()
                .filter(endPoint -> client.equals(endPoint.getRemoteSocketAddress()))
                .findFirst();
    }

    @Override
    public void drain(Drain begun) {
        beginToMove(begun);
        goodbyes.start(begun);
    }

    /** The part of a drain that concerns connections which can move. */
    void beginToMove(Drain begun) {
        drainedSince = System.nanoTime();
        exchanges.follow(); // before anybody is told of a drain
        drain = begun;
        exchanges.follow(); // what has begun meanwhile; all others are followed from their beginning
        onNextWorker(begun);
    }

    @Override
    public void onNextWorker(Drain begun) {
        if (begun.canHandOver()) {
            mover.start(begun);
        }
    }

    /** Looks for whom there would be to tell, and tells nobody. */
    void rehearseGoodbyes() {
        goodbyes.rehearse();
    }

    @Override
    public boolean awaitDrained(Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!isDrained()) {
            lingering.close();
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            Duration look = System.nanoTime() - drainedSince < YOUNG.toNanos() ? FIRST_LOOK : LOOK;
            Thread.sleep(Math.max(1, Math.min(look.toMillis(), left / 1_000_000)));
        }
        return true;
    }

    /**
     * Whether none is left. One that was accepted just before the listener was taken away is known to nobody until Jetty
     * has its options set, and nobody can ask Jetty for it: then it has a descriptor and is nowhere else.
     */
    private boolean isDrained() {
        return isEmpty() && lastAccepts.areKnown(isAServers()) && isEmpty();
    }

    /** Whether the connection with a descriptor is one of a server's, as of now. */
    private static IntPredicate isAServers() {
        Set<SocketAddress> clients = new HashSet<>();
        synchronized (ALL) {
            for (JettyConnections its : ALL) {
                its.connectors.stream()
                        .flatMap(connector -> connector.getConnectedEndPoints().stream())
                        .forEach(endPoint -> clients.add(endPoint.getRemoteSocketAddress()));
                // Jetty does not know the clients of those that have moved here.
                its.movable.forEach(endPoint -> clients.add(endPoint.getRemoteSocketAddress()));
                its.accepting.forEach(accepting -> clients.addAll(accepting.clients()));
            }
        }
        return descriptor ->
                Libc.remoteAddress(descriptor).filter(clients::contains).isPresent();
    }

    /**
     * A connection leaves the end points for the mover, comes back from there to those that are being accepted, and goes
     * on to the end points: looked for on the same way it is found, unless it has begun to move since the look began.
     */
    private boolean isEmpty() {
        long begun = mover.begun();
        return !mover.isMoving()
                && accepting.stream().allMatch(Accepting::isEmpty)
                && open() == 0
                && mover.begun() == begun;
    }

    /** Begins nothing more for the drain's sake. */
    void stop() {
        goodbyes.stop();
        mover.stop();
    }

    @Override
    public List<String> cut() {
        // Named before any is ended: a program whose response is ended under it may close the connection at once.
        Set<Connection> busy = exchanges.busy();
        List<String> cut = named(busy);
        // These as well: one that is closed has its descriptor until its selector has let go of it, and belongs to
        // nobody.
        cut.addAll(lastAccepts.named(isAServers()));
        stop();
        exchanges.cut();
        accepting.forEach(Accepting::close);
        connectors.forEach(connector -> connector.getConnectedEndPoints().forEach(endPoint -> {
            sayEndOfTls(endPoint, busy);
            endPoint.close();
        }));
        return cut;
    }

    /** By close_notify, without which an end is a truncation, as that of a response is which breaks off. */
    private static void sayEndOfTls(EndPoint endPoint, Set<Connection> busy) {
        if (endPoint.getConnection() instanceof SslConnection tls
                && !busy.contains(tls.getSslEndPoint().getConnection())) {
            tls.getSslEndPoint().close();
        }
    }

    private List<String> named(Set<Connection> busy) {
        List<String> names = new ArrayList<>();
        accepting.forEach(its -> names.addAll(its.named()));
        for (ServerConnector connector : connectors) {
            for (EndPoint endPoint : connector.getConnectedEndPoints()) {
                names.add(name(connector, endPoint, busy));
            }
        }
        return names;
    }

    private static String name(ServerConnector connector, EndPoint endPoint, Set<Connection> busy) {
        Optional<Connection> connection = Goodbyes.inner(endPoint);
        long seconds = (System.currentTimeMillis() - endPoint.getCreatedTimeStamp()) / 1000;
        String doing = connection.filter(busy::contains).isPresent() ? "in a request" : "waiting for its client";
        String protocol = connection.map(c -> c.getClass().getSimpleName()).orElse("nothing yet");
        EndPoint known = connection.map(Connection::getEndPoint).orElse(endPoint);
        return name(connector) + " " + known.getRemoteSocketAddress() + " " + protocol + " open for " + seconds + " s, "
                + doing;
    }

    static String name(ServerConnector connector) {
        return connector.getName() == null ? "port " + connector.getPort() : connector.getName();
    }

    @Override
    public String toString() {
        return "connections of " + server;
    }
}
