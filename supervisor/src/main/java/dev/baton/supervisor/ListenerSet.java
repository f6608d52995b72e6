package dev.baton.supervisor;

import dev.baton.handover.Fd;
import dev.baton.handover.ListenAddress;
import dev.baton.handover.ListenerSpec;
import dev.baton.supervisor.Status.ListenerState;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All listeners that are held, in the order in which they were asked for. They are asked for by what is configured; an
 * upgrade may bring others, so that for a while there are those of two versions.
 *
 * <p>Threading: the lifecycle's thread adds and takes away; everybody looks, and sees one state or the next.
 */
final class ListenerSet implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(ListenerSet.class);

    private final KernelQueues queues = new KernelQueues();
    private final Overseer overseer;
    private final PassedSockets passed;
    private volatile List<PublicListener> all = List.of();
    private volatile List<HeldListener> ended = List.of();

    ListenerSet(Overseer overseer) {
        this.overseer = overseer;
        this.passed = new PassedSockets(overseer);
    }

    /** Binds, or takes from what was passed, those of these that are not held yet: all of them, or, where one cannot be bound, none. */
    synchronized void bind(List<ListenerSpec> specs) throws StartException {
        List<PublicListener> fresh = new ArrayList<>();
        Set<String> names = new HashSet<>();
        boolean whole = false;
        try {
            for (ListenerSpec spec : specs) {
                if (!names.add(spec.name())) {
                    throw new StartException(
                            "two listeners are called " + spec.name() + ": each needs a name of its own");
                }
                if (find(spec).isEmpty()) {
                    fresh.add(open(spec));
                }
            }
            whole = true;
        } finally {
            if (!whole) {
                fresh.forEach(PublicListener::close);
            }
        }
        fresh.forEach(this::add);
    }

    private PublicListener open(ListenerSpec spec) throws StartException {
        if (spec.address() instanceof ListenAddress.Systemd systemd) {
            return PublicListener.passed(spec, passed.named(spec, systemd).fd());
        }
        if (spec.address() instanceof ListenAddress.Inet inet) {
            Optional<Overseer.Passed> kept = passed.keptAt(inet);
            if (kept.isPresent()) {
                LOG.info("listener={} address={} was kept, with what waits there", spec.name(), inet.text());
                return takeKept(spec, kept.get());
            }
            passed.makeWay(inet);
        }
        return PublicListener.open(spec);
    }

    /** One that is kept already stays so under the name that it has, by which nobody would forget it. */
    private PublicListener takeKept(ListenerSpec spec, Overseer.Passed kept) throws StartException {
        PublicListener listener = PublicListener.passed(spec, kept.fd());
        if (!kept.name().equals(listener.keptAs())) {
            overseer.forget(kept.name());
            overseer.keep(listener.keptAs(), listener.fd());
        }
        return listener;
    }

    /** Takes what was passed and is the very socket that the supervisor before had. */
    synchronized void takePassed(List<HeldListener> known) throws IOException {
        for (HeldListener listener : known) {
            Optional<Overseer.Passed> same = passed.same(listener);
            if (same.isPresent()) {
                takeBack(listener, same.get().fd());
            }
        }
    }

    /** @throws StartException if something was passed that nobody wants */
    synchronized void settle() throws StartException {
        passed.settle();
    }

    /** Takes a socket back that a worker has brought, unless another one has done so already; it is ours now. */
    synchronized void takeBack(HeldListener known, Fd fd) throws IOException {
        if (isHeld(known)) {
            fd.close();
            return;
        }
        add(PublicListener.takeBack(known, fd));
    }

    /** Binds one once more that another supervisor had bound, unless it is held already. */
    synchronized void bindAgain(HeldListener known) throws StartException {
        if (!isHeld(known)) {
            add(known.passed().isPresent() ? open(known.passed().get()) : PublicListener.openAgain(known));
            LOG.info(
                    "listener={} address={} bound anew: no living worker has it",
                    known.spec().name(),
                    known.spec().address().text());
        }
    }

    private boolean isHeld(HeldListener known) {
        return all.stream().anyMatch(listener -> listener.isFor(known));
    }

    private void add(PublicListener listener) {
        if (listener.isOurs()) {
            overseer.keep(listener.keptAs(), listener.fd());
        }
        List<PublicListener> more = new ArrayList<>(all);
        more.add(listener);
        all = List.copyOf(more);
    }

    /** By how they were asked for; they stay the set's. */
    Map<String, Fd> descriptors() {
        return all.stream().collect(Collectors.toMap(l -> l.recorded().asked(), PublicListener::fd));
    }

    boolean holds(ListenerSpec spec) {
        return find(spec).isPresent();
    }

    /** What another supervisor must know of them, to bind those again, too, that were {@link #end ended}. */
    List<HeldListener> recorded() {
        return Stream.concat(all.stream().map(PublicListener::recorded), ended.stream())
                .toList();
    }

    /** Lets nobody begin to wait at those that nobody keeps for the next supervisor. */
    void keepNewcomersOut() {
        endingWithUs().forEach(PublicListener::keepNewcomersOut);
    }

    private List<PublicListener> endingWithUs() {
        return overseer.keeps()
                ? List.of()
                : all.stream().filter(PublicListener::isOurs).toList();
    }

    /**
     * Closes those that nobody keeps for the next supervisor.
     *
     * @param isShared whether programs accept there that do not do so by our word: they close theirs themselves
     */
    synchronized void end(boolean isShared) {
        List<PublicListener> ending = endingWithUs();
        ended = Stream.concat(ended.stream(), ending.stream().map(PublicListener::recorded))
                .toList();
        all = all.stream().filter(listener -> !ending.contains(listener)).toList();
        for (PublicListener listener : ending) {
            if (!isShared) {
                listener.refuse();
            }
            close(listener);
        }
    }

    private static void close(PublicListener listener) {
        listener.close();
        LOG.info(
                "listener={} address={} closed",
                listener.spec().name(),
                listener.spec().address().text());
    }

    /** Closes those that none of these asks for. */
    synchronized void retain(Collection<ListenerSpec> specs) {
        List<PublicListener> kept = new ArrayList<>();
        List<PublicListener> gone = new ArrayList<>();
        for (PublicListener listener : all) {
            (specs.stream().anyMatch(listener::isFor) ? kept : gone).add(listener);
        }
        if (gone.isEmpty()) {
            return;
        }
        all = List.copyOf(kept);
        for (PublicListener listener : gone) {
            if (listener.isOurs()) {
                overseer.forget(listener.keptAs());
            }
            close(listener);
        }
    }

    /** Lets as many connections wait at each of these as it asks for. */
    void changeBacklogs(List<ListenerSpec> specs) {
        specs.forEach(spec -> find(spec).ifPresent(listener -> listener.changeBacklog(spec.backlog())));
    }

    /** Why these cannot be bound beside what is held: an address that one of the others has, under another name. */
    Optional<String> conflict(List<ListenerSpec> specs) {
        for (ListenerSpec spec : specs) {
            for (PublicListener held : all) {
                if (!held.isFor(spec) && held.isInTheWayOf(spec)) {
                    return Optional.of("listeners changed: restart needed: " + spec + " cannot be bound as long as "
                            + held.spec() + " is open, which the present version has: stop and run it anew, or"
                            + " let the next version have another address");
                }
            }
        }
        return Optional.empty();
    }

    private Optional<PublicListener> find(ListenerSpec wanted) {
        return all.stream().filter(listener -> listener.isFor(wanted)).findFirst();
    }

    /** Those that were asked for by these; they stay the set's. */
    List<PublicListener> of(List<ListenerSpec> specs) {
        return specs.stream().flatMap(spec -> find(spec).stream()).toList();
    }

    /** What the kernel says of them at this moment. */
    List<ListenerState> states() {
        return queues.states(all);
    }

    /** Lets go of all, and leaves the files of sockets: whoever serves there goes on. */
    synchronized void abandon() {
        all.forEach(PublicListener::abandon);
        all = List.of();
    }

    @Override
    public synchronized void close() {
        all.forEach(PublicListener::close);
        passed.close();
    }
}
