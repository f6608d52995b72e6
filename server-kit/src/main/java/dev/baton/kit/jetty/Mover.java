package dev.baton.kit.jetty;

import dev.baton.handover.DaemonThread;
import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import dev.baton.handover.LibcException;
import dev.baton.kit.Descriptors;
import dev.baton.kit.Drain;
import dev.baton.kit.Handover;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.IO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes connections out of Jetty and offers them to the next worker: those that it finds waiting, and those that come by
 * themselves when their response has gone out. A few at a time: whoever is on the way is served by nobody, and all the
 * others go on being served here until it is their turn.
 *
 * <p>Order, for each: duplicate the descriptor; cancel the key and let the selector forget it; close Jetty's channel;
 * offer the duplicate. A channel that is closed while it is registered sends FIN, although somebody else holds the
 * connection; deregistered first, it does not. What the next worker declines comes back as a new connection here.
 */
final class Mover {
    private static final Logger LOG = LoggerFactory.getLogger(Mover.class);
    /** After so many it says that it waits for a selector. */
    private static final int SELECTOR_SECONDS = 5;

    /** On the way at a time, and the most that are claimed together; docs/decisions/0010 has measured it. */
    static final int AT_ONCE = 16;

    /** How often it looks for connections that have come to wait since. */
    private static final long LOOK_MILLIS = 10;

    private final List<ServerConnector> connectors;
    private final Iterable<MovableEndPoint> all;
    private final Queue<MovableEndPoint> claimed = new ArrayDeque<>();
    /** A walk through all of them, which goes on where the last batch was full. */
    private Iterator<MovableEndPoint> walk;

    private final AtomicLong begun = new AtomicLong();
    private final AtomicLong moving = new AtomicLong();
    private final AtomicLong moved = new AtomicLong();
    private boolean started;
    private volatile boolean looked;
    private volatile boolean stopped;
    /** As of the last look; only the mover's thread looks. */
    private Descriptors descriptors;

    private boolean mayLook;

    /** @param all that there are at any time, whether or not they can be moved just then */
    Mover(List<ServerConnector> connectors, Iterable<MovableEndPoint> all) {
        this.connectors = connectors;
        this.all = all;
        this.walk = all.iterator();
    }

    /** Begins, where it has not begun; or {@link #stop() stops} at once where there is no thread for it. */
    synchronized void start(Drain drain) {
        if (started) {
            return;
        }
        started = true;
        try {
            DaemonThread.start("baton-mover", () -> run(drain));
        } catch (IOException e) {
            LOG.warn("connections stay here until they end: {}", e.getMessage());
            stop();
        }
    }

    /** Claims no more; what is on its way arrives. */
    synchronized void stop() {
        stopped = true;
        notifyAll();
    }

    boolean isStopped() {
        return stopped;
    }

    /** Whether one more may be claimed: a few too many do no harm. */
    boolean hasRoom() {
        return looked && !stopped && moving.get() < AT_ONCE;
    }

    /** A claimed connection to move. */
    synchronized void move(MovableEndPoint endPoint) {
        begun.incrementAndGet();
        moving.incrementAndGet();
        claimed.add(endPoint);
        notifyAll();
    }

    /** Whether connections are on their way, neither here nor there. */
    boolean isMoving() {
        return moving.get() > 0;
    }

    /** How many have begun to move so far; each while it still had its end point. */
    long begun() {
        return begun.get();
    }

    long moved() {
        return moved.get();
    }

    private void run(Drain drain) {
        try {
            look(); // before anybody waits for it
            looked = true;
            for (List<MovableEndPoint> batch = next(drain); !batch.isEmpty(); batch = next(drain)) {
                try {
                    move(batch, drain.handover().orElseThrow());
                } catch (RuntimeException | Error e) {
                    LOG.error("connections may be closed that should have moved; others move on", e);
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("interrupted");
        }
    }

    /**
     * Waits for some that are to be moved: whoever came by himself, or has been found waiting once half of the room is
     * free again, or each would take its own way through the selectors. None when there will be no more.
     */
    private synchronized List<MovableEndPoint> next(Drain drain) throws InterruptedException {
        while (!stopped || isMoving()) {
            if (drain.canHandOver() && moving.get() <= AT_ONCE / 2) {
                claimWaiting();
            }
            if (!claimed.isEmpty()) {
                List<MovableEndPoint> batch = List.copyOf(claimed);
                claimed.clear();
                return batch;
            }
            wait(LOOK_MILLIS);
        }
        return List.of();
    }

    private void claimWaiting() {
        walkOn();
        if (hasRoom()) {
            walk = all.iterator();
            walkOn();
        }
    }

    private void walkOn() {
        while (hasRoom() && walk.hasNext()) {
            MovableEndPoint endPoint = walk.next();
            if (endPoint.claim()) {
                move(endPoint);
            }
        }
    }

    private void move(List<MovableEndPoint> batch, Handover handover) throws InterruptedException {
        List<Departure> departures = new ArrayList<>();
        mayLook = true;
        for (MovableEndPoint endPoint : batch) {
            try {
                departures.add(new Departure(endPoint, Libc.duplicate(number(endPoint))));
            } catch (LibcException e) {
                LOG.warn("connection from {} stays here: {}", endPoint.getRemoteSocketAddress(), e.getMessage());
                stay(endPoint);
            } catch (IOException | RuntimeException | Error e) {
                LOG.debug("connection from {} stays here, or has ended", endPoint.getRemoteSocketAddress(), e);
                stay(endPoint);
            }
        }
        boolean areForgotten = deregister(departures);
        for (Departure departure : departures) {
            if (areForgotten) {
                offer(departure, handover);
            } else {
                cut(departure);
            }
        }
    }

    /** It has ended by itself, as Jetty will find, or descriptors have run out, which is no reason to end it. */
    private void stay(MovableEndPoint endPoint) {
        try {
            endPoint.stay();
        } finally {
            end();
        }
    }

    /** A connection that leaves, with a descriptor of our own that keeps it alive until somebody has it. */
    private record Departure(MovableEndPoint endPoint, Fd fd) {}

    /**
     * The descriptor under a connection. A look at all of them is good for as long as what it finds is still so, and
     * is not taken more than once a batch: or the move of many would cost the square of their number.
     */
    private int number(MovableEndPoint endPoint) throws IOException {
        int known = endPoint.knownNumber();
        if (known >= 0) {
            return known;
        }
        OptionalInt seen = seen(endPoint);
        if (seen.isEmpty() && mayLook) {
            mayLook = false;
            look();
            seen = seen(endPoint);
        }
        return seen.orElseThrow(() -> new IOException("no descriptor under " + endPoint.channel()));
    }

    private void look() {
        try {
            descriptors = Descriptors.ofConnections();
        } catch (UncheckedIOException e) {
            LOG.warn("connections that this worker has accepted cannot move: {}", e.getMessage());
        }
    }

    private OptionalInt seen(MovableEndPoint endPoint) throws IOException {
        return descriptors == null ? OptionalInt.empty() : descriptors.of(endPoint.channel());
    }

    /**
     * Lets the selectors forget these channels; one selection for all of them. Nothing can be done with the connections
     * before: to close one would end it for whoever has it, and Jetty can have none back that may be forgotten yet.
     *
     * @return false if the drain was over first
     */
    private boolean deregister(List<Departure> departures) throws InterruptedException {
        List<ManagedSelector> selectors = connectors.stream()
                .flatMap(connector -> connector.getSelectorManager().getBeans(ManagedSelector.class).stream())
                .toList();
        List<CountDownLatch> done = new ArrayList<>();
        for (ManagedSelector selector : selectors) {
            CountDownLatch one = new CountDownLatch(1);
            done.add(one);
            selector.submit(nio -> {
                forget(nio, departures);
                one.countDown();
            });
        }
        for (int i = 0; i < done.size(); i++) {
            if (!await(done.get(i), selectors.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** One that does not run any more has closed what it had. */
    private boolean await(CountDownLatch done, ManagedSelector selector) throws InterruptedException {
        for (int seconds = 1; selector.isRunning() && !done.await(1, TimeUnit.SECONDS); seconds++) {
            if (stopped) {
                return false;
            }
            if (seconds == SELECTOR_SECONDS) {
                LOG.warn("{} busy for {} s; connections that are to move wait for it", selector, seconds);
            }
        }
        return true;
    }

    private static void forget(Selector selector, List<Departure> departures) {
        for (Departure departure : departures) {
            SelectionKey key = departure.endPoint.channel().keyFor(selector);
            if (key != null) {
                // Without its attachment Jetty does not touch a key that it has selected just before.
                key.attach(null);
                key.cancel();
            }
        }
        try {
            selector.selectNow();
        } catch (IOException e) {
            LOG.warn("a selector fails; connections may be closed that should have moved", e);
        }
    }

    private void offer(Departure departure, Handover handover) {
        MovableEndPoint endPoint = departure.endPoint;
        byte[] state = endPoint.state();
        IO.close(endPoint.channel());
        endPoint.close();
        handover.offer(endPoint.listener(), Adoptions.PROTOCOL, departure.fd, state)
                .thenAccept(taken -> onAnswer(departure, state, handover, taken));
    }

    /** As all that are left. */
    private void cut(Departure departure) {
        try {
            IO.close(departure.endPoint.channel());
            departure.endPoint.close();
        } finally {
            departure.fd.close();
            end();
        }
    }

    private void onAnswer(Departure departure, byte[] state, Handover handover, boolean taken) {
        try {
            if (taken) {
                moved.incrementAndGet();
            } else {
                departure.endPoint.comeBack(departure.fd, state, handover);
            }
        } finally {
            departure.fd.close();
            end();
        }
    }

    private synchronized void end() {
        moving.decrementAndGet();
        notifyAll();
    }
}
