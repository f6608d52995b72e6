package dev.baton.kit;

import dev.baton.handover.Fd;
import dev.baton.handover.HandoverChannel;
import dev.baton.handover.HandoverChannel.Envelope;
import dev.baton.handover.ListenerSpec;
import dev.baton.handover.Message;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a worker has to do, and how far it has got: its slots and connections, which accept, park and drain when the
 * supervisor says so; and what every supervisor is told of that.
 *
 * <p>Threading: orders come from one thread, {@code baton-link}. One monitor guards what it shares with the program's
 * threads.
 */
final class Duty {
    private static final Logger LOG = LoggerFactory.getLogger(Duty.class);

    private final Consumer<Message> supervisor;
    private final Predicate<Duration> awaitClose;
    private final List<Pluggable> slots = new CopyOnWriteArrayList<>();
    private final List<Drainable> drainables = new CopyOnWriteArrayList<>();
    private final Map<String, Adopter> adopters = new ConcurrentHashMap<>();
    private final Callbacks callbacks = new Callbacks();
    private final Progress progress = new Progress(drainables, this::tell);
    private final Rehearsal rehearsal = new Rehearsal(slots, drainables, adopters);

    private final PublicListeners listeners = new PublicListeners();
    private boolean ready;
    private boolean accepting;
    private DrainRun drainRun;
    private Message.Drained drained;
    private Message.Elsewhere elsewhere = new Message.Elsewhere(List.of());

    /**
     * A duty that nobody has begun.
     *
     * @param supervisor told what is done; one that is gone is told again
     * @param awaitClose waits for so long; false if the worker was closed meanwhile
     */
    Duty(Consumer<Message> supervisor, Predicate<Duration> awaitClose) {
        this.supervisor = supervisor;
        this.awaitClose = awaitClose;
    }

    private void tell(Message message) {
        supervisor.accept(message);
    }

    // ---- a supervisor, and the next one ----

    /** What a supervisor that is new may ask for. */
    synchronized Handshake.Known known() {
        return new Handshake.Known(
                new Message.Listeners("", listeners.generation(), listeners.specs()), listeners.fds());
    }

    /** Makes the supervisor that one which is told. */
    interface Connecting {
        void connect() throws IOException;
    }

    /**
     * Goes on for a supervisor: with the listeners that it has given, and with what it has to be told.
     *
     * @param given whose descriptors are the caller's where this fails
     */
    synchronized void begin(Envelope given, Connecting connecting) throws IOException {
        listeners.hold((Message.Listeners) given.message(), given.fds());
        try {
            connecting.connect();
        } catch (IOException e) {
            listeners.release();
            throw e;
        }
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

    /** The worker has said goodbye. */
    synchronized void release() {
        listeners.release();
    }

    // ---- the program ----

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
        return awaitClose.test(Rehearsal.PAUSE) && !hasServed();
    }

    private synchronized boolean hasServed() {
        return accepting || drainRun != null;
    }

    // ---- orders ----

    /** Whether it has begun to drain. */
    boolean isDraining() {
        return drainRun != null; // set by the thread alone that asks
    }

    /**
     * Carries an order out.
     *
     * @throws IOException where it could not be, and may be tried again
     */
    void on(Envelope envelope) throws IOException {
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
}
