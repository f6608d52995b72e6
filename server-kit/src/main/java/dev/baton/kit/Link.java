package dev.baton.kit;

import dev.baton.handover.DaemonThread;
import dev.baton.handover.Errno;
import dev.baton.handover.Fd;
import dev.baton.handover.HandoverChannel;
import dev.baton.handover.HandoverChannel.Envelope;
import dev.baton.handover.LibcException;
import dev.baton.handover.ListenerSpec;
import dev.baton.handover.Message;
import dev.baton.handover.NativeCalls;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * A worker's end of the handover socket: hears what the supervisor says, does it, and says that it is done.
 *
 * <p>Threading: one thread, {@code baton-link}, receives and acts, so orders are carried out in the order in which they
 * were given. One monitor guards what it shares with the program's threads. When the supervisor is gone the worker
 * serves on, and the thread tries to reach another one under the same path.
 */
final class Link implements Closeable {
    /** Where the supervisor listens, who this worker is, and which generation: the environment of a worker. */
    static final String HANDOVER = "BATON_HANDOVER";

    static final String TOKEN = "BATON_TOKEN";
    static final String GENERATION = "BATON_GENERATION";

    private static final Logger LOG = LoggerFactory.getLogger(Link.class);
    private static final Duration SEND_DEADLINE = Duration.ofSeconds(5);
    private static final Duration FIRST_RETRY = Duration.ofMillis(50);
    private static final Duration LAST_RETRY = Duration.ofMillis(250);

    /** Between two trials of an order. */
    private static final Duration PAUSE = Duration.ofMillis(100);

    /** What came with an order, the looks through /proc, and some that an accept loop may be quicker to take. */
    private static final int RESERVED = 16;

    private final Path path;
    private final String token;
    private final List<Pluggable> slots = new CopyOnWriteArrayList<>();
    private final List<Drainable> drainables = new CopyOnWriteArrayList<>();
    private final Map<String, Adopter> adopters = new ConcurrentHashMap<>();
    private final Callbacks callbacks = new Callbacks();
    private final Progress progress = new Progress(drainables, this::tell);
    private final Rehearsal rehearsal = new Rehearsal(slots, drainables, adopters);

    /** Of the link's thread. A worker at its limit could not even park: what it lets go of, its accept loops take. */
    private final Reserve reserve = new Reserve(RESERVED);

    private final PublicListeners listeners = new PublicListeners();
    private HandoverChannel channel;
    private boolean ready;
    private boolean accepting;
    private boolean closed;
    private DrainRun drainRun;
    private Message.Drained drained;
    private Message.Elsewhere elsewhere = new Message.Elsewhere(List.of());

    private Link(Path path, String token) {
        this.path = path;
        this.token = token;
    }

    /**
     * The link that the environment asks for, connected, or {@code null} where there is no supervisor.
     *
     * @param patience how long to try where nobody listens: the supervisor may just be replaced by another
     */
    static Link fromEnvironment(Map<String, String> environment, Duration patience) throws IOException {
        String path = environment.get(HANDOVER);
        if (path == null) {
            return null;
        }
        Optional<NativeCalls.Obstacle> obstacle = NativeCalls.obstacle();
        if (obstacle.isPresent()) {
            throw new IOException(obstacle.get().toString());
        }
        Link link = new Link(Path.of(path), environment.getOrDefault(TOKEN, ""));
        try {
            link.attach(patience);
            link.start();
        } catch (IOException e) {
            throw new IOException("cannot attach to the supervisor at " + path + ": " + e.getMessage(), e);
        }
        return link;
    }

    private void start() throws IOException {
        try {
            DaemonThread.start("baton-link", this::run);
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private void attach(Duration patience) throws IOException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            try {
                connect();
                return;
            } catch (LibcException e) {
                boolean nobody = e.errno() == Errno.ENOENT || e.errno() == Errno.ECONNREFUSED;
                if (!nobody || System.nanoTime() >= deadline || !awaitClose(FIRST_RETRY)) {
                    throw e;
                }
            }
        }
    }

    private void connect() throws IOException {
        HandoverChannel fresh = HandoverChannel.connect(path);
        try {
            Envelope given = Handshake.attach(fresh, token, this::known);
            try {
                begin(fresh, given);
            } catch (IOException | RuntimeException e) {
                given.closeFds();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            fresh.close();
            throw e;
        }
    }

    private synchronized Handshake.Known known() {
        return new Handshake.Known(
                new Message.Listeners("", listeners.generation(), listeners.specs()), listeners.fds());
    }

    private synchronized void begin(HandoverChannel fresh, Envelope given) throws IOException {
        if (closed) {
            throw new IOException("this worker has said goodbye");
        }
        listeners.hold((Message.Listeners) given.message(), given.fds());
        channel = fresh;
        tellAllAgain();
    }

    /** After a reconnect the supervisor learns where this worker stands; the first time there is nothing to say. */
    private void tellAllAgain() {
        slots.forEach(this::tellBound);
        if (!elsewhere.addresses().isEmpty()) {
            tell(elsewhere);
        }
        if (ready) {
            tell(new Message.Ready());
        }
        if (accepting) {
            tell(new Message.Accepting());
        }
        progress.tellAgain();
        if (drained != null) {
            tell(drained);
        }
    }

    Progress progress() {
        return progress;
    }

    synchronized int generation() {
        return listeners.generation();
    }

    synchronized List<ListenerSpec> specs() {
        return listeners.specs();
    }

    synchronized ListenerSpec spec(String name) throws IOException {
        return listeners.spec(name);
    }

    /**
     * Where the private listener of a unix listener lives: beside the handover socket, which only we can reach; or,
     * where that place is another user's, in the directory there that is ours.
     */
    Path privatePath(String listener) {
        return privateDirectory(path).resolve(generation() + "-" + listener + ".sock");
    }

    static Path privateDirectory(Path handover) {
        Path ours = handover.resolveSibling("private");
        return Files.isDirectory(ours, LinkOption.NOFOLLOW_LINKS)
                ? ours
                : handover.toAbsolutePath().getParent();
    }

    synchronized void add(Pluggable slot) throws IOException {
        slots.add(slot);
        tellBound(slot);
        if (accepting) {
            listeners.plugInto(List.of(slot));
        }
    }

    private void tellBound(Pluggable slot) {
        tell(new Message.Bound(slot.name(), slot.privateAddress()));
    }

    synchronized void listensElsewhere(List<String> addresses) {
        elsewhere = new Message.Elsewhere(addresses);
        tell(elsewhere);
    }

    void add(Drainable drainable) {
        drainables.add(drainable);
    }

    void adopt(String listener, Adopter adopter) {
        adopters.put(listener, adopter);
    }

    Callbacks callbacks() {
        return callbacks;
    }

    synchronized void ready() {
        if (!ready) {
            ready = true;
            rehearsal.first();
            progress.rehearse();
            tell(new Message.Ready());
            progress.start();
            rehearsal.again(this::awaitNextRehearsal);
        }
    }

    /** False if there is none: clients are served by now, or were. */
    private boolean awaitNextRehearsal() {
        return awaitClose(Rehearsal.PAUSE) && !hasServed();
    }

    private synchronized boolean hasServed() {
        return accepting || drainRun != null;
    }

    // ---- the thread ----

    private void run() {
        try {
            do {
                hear();
            } while (reconnect());
        } finally {
            reserve.release();
        }
    }

    private void hear() {
        try {
            receiveUntilLost();
        } catch (IOException e) {
            if (!isClosed()) {
                LOG.info("supervisor lost, serving on: {}", e.getMessage());
            }
        }
    }

    private void receiveUntilLost() throws IOException {
        HandoverChannel current;
        synchronized (this) {
            current = channel;
        }
        Envelope order = null;
        try {
            while (true) {
                fill();
                boolean hasCome = current.await(order == null ? null : PAUSE);
                reserve.release();
                if (hasCome) {
                    drop(order);
                    order = current.receive();
                }
                if (isDone(order, hasCome)) {
                    drop(order);
                    order = null;
                }
            }
        } finally {
            drop(order);
            current.close();
        }
    }

    private static void drop(Envelope order) {
        if (order != null) {
            order.closeFds();
        }
    }

    /** False where it is to be tried again, until it succeeds or something else is said. */
    private boolean isDone(Envelope order, boolean isNew) {
        Message message = order.message();
        try {
            on(order);
            return true;
        } catch (IOException | RuntimeException | Error e) {
            LOG.atLevel(isNew ? Level.ERROR : Level.DEBUG)
                    .setCause(e)
                    .log("{} failed", message.getClass().getSimpleName());
            return !(message instanceof Message.Accept
                    || message instanceof Message.Park
                    || message instanceof Message.Drain);
        }
    }

    /** Whoever drains needs no more than the descriptors that move its connections, and those at once. */
    private void fill() {
        if (drainRun == null) { // set by this thread alone
            try {
                reserve.fill();
            } catch (IOException e) {
                LOG.debug("no reserve of descriptors: {}", e.getMessage());
            }
        }
    }

    private boolean reconnect() {
        Duration wait = FIRST_RETRY;
        while (awaitClose(wait)) {
            reserve.release();
            try {
                connect();
                LOG.info("supervisor found again");
                return true;
            } catch (IOException | RuntimeException e) {
                LOG.debug("no supervisor at {}: {}", path, e.getMessage());
                fill();
                wait = wait.multipliedBy(2).compareTo(LAST_RETRY) < 0 ? wait.multipliedBy(2) : LAST_RETRY;
            }
        }
        return false;
    }

    /** Waits for so long; false if the worker was closed meanwhile. */
    private synchronized boolean awaitClose(Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        try {
            long left;
            while (!closed && (left = deadline - System.nanoTime()) > 0) {
                wait(left / 1_000_000 + 1);
            }
        } catch (InterruptedException e) {
            return false;
        }
        return !closed;
    }

    private void on(Envelope envelope) throws IOException {
        Message message = envelope.message();
        if (message instanceof Message.Accept) {
            accept();
        } else if (message instanceof Message.Park) {
            park();
        } else if (message instanceof Message.Drain drain) {
            drain(drain, envelope.fds());
        } else if (message instanceof Message.Adopt && envelope.fds().size() == 1) {
            Adoption.start(new HandoverChannel(envelope.fds().get(0).move()), adopters);
        } else if (message instanceof Message.Output && envelope.fds().size() == 2) {
            StandardStreams.mend(envelope.fds().get(0), envelope.fds().get(1));
        } else {
            LOG.warn("the supervisor said something unexpected: {}", message);
        }
    }

    /** Each supervisor orders it anew, and hears the answer; the program is called only where that changes something. */
    private void accept() throws IOException {
        boolean resumes;
        synchronized (this) {
            if (drainRun != null) {
                // What we accepted now we would have to close in the client's face; the backlog is a better place.
                LOG.warn("a worker that drains accepts no more");
                return;
            }
            progress.begin();
            listeners.plugInto(slots);
            resumes = !accepting;
            accepting = true;
        }
        tell(new Message.Accepting());
        if (resumes) {
            callbacks.resume();
        }
    }

    private void park() throws IOException {
        boolean parks;
        synchronized (this) {
            parks = accepting;
            unplug();
        }
        tell(new Message.Parked());
        if (parks) {
            callbacks.park();
        }
    }

    private void unplug() throws IOException {
        try (Plugging plugging = new Plugging()) {
            for (Pluggable slot : slots) {
                slot.unplug(plugging);
            }
        }
        accepting = false;
    }

    private void drain(Message.Drain order, List<Fd> fds) throws IOException {
        if (drainRun != null) { // set by this thread alone
            drainAgain(order, fds);
            return;
        }
        Drain drain;
        synchronized (this) {
            unplug();
            Optional<Handover> handover = fds.size() == 1 ? handover(fds.get(0)) : Optional.empty();
            drain = new Drain(System.nanoTime() + order.deadline().toNanos(), handover);
            drainRun = new DrainRun(drain, drainables, this::drained);
        }
        callbacks.drain(drain);
        drainRun.start();
    }

    /** Somebody waits for its end, or another worker serves than the one that connections were to move to. */
    private void drainAgain(Message.Drain order, List<Fd> fds) {
        drainRun.drain().shorten(order.deadline());
        if (fds.size() == 1) {
            handover(fds.get(0)).ifPresent(drainRun::handOverTo);
        }
        tellDrainedAgain();
    }

    /** Whatever fails here: the order would be tried again, and the peer, which moves once, is not there then. */
    private static Optional<Handover> handover(Fd peer) {
        Fd ours = peer.move();
        try {
            return Optional.of(new Handover(new HandoverChannel(ours)));
        } catch (IOException | RuntimeException | Error e) {
            LOG.warn("connections stay here until they end: {}", e.getMessage());
            ours.close();
            return Optional.empty();
        }
    }

    /** A supervisor that is new, and orders a drain that is over, has not heard so. */
    private void tellDrainedAgain() {
        Message.Drained already;
        synchronized (this) {
            already = drained;
        }
        if (already != null) {
            tell(already);
        }
    }

    private void drained(List<String> cut) {
        progress.drained(); // and later again, to a supervisor that is new
        List<Pluggable> left;
        synchronized (this) {
            left = List.copyOf(slots);
            drained = new Message.Drained(cut);
        }
        // Said before the accept loops end: with them the program may end, and the link.
        tell(drained);
        for (Pluggable slot : left) {
            try {
                slot.stop();
            } catch (IOException | RuntimeException | Error e) {
                LOG.warn("listener={} could not be stopped", slot.name(), e);
            }
        }
        callbacks.drained();
    }

    /** Says something; a supervisor that is gone hears it when it is back, see {@link #tellAllAgain}. */
    private void tell(Message message) {
        HandoverChannel current;
        synchronized (this) {
            current = channel;
        }
        try {
            if (current != null) {
                current.send(message, SEND_DEADLINE);
            }
        } catch (IOException e) {
            LOG.debug("the supervisor could not be told {}: {}", message, e.getMessage());
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        progress.stop();
        tell(new Message.Goodbye());
        HandoverChannel current;
        synchronized (this) {
            closed = true;
            listeners.release();
            current = channel;
            notifyAll();
        }
        current.close();
    }
}
