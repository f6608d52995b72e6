package dev.baton.supervisor;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import dev.baton.handover.ListenAddress;
import dev.baton.handover.ListenerSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sockets that the {@link Overseer} passed and that no listener has taken yet: its own, by name, and those that a
 * supervisor before this one has had it keep, which are known by what they are.
 */
final class PassedSockets {
    private static final Logger LOG = LoggerFactory.getLogger(PassedSockets.class);

    private final Overseer overseer;
    private final List<Overseer.Passed> left;

    PassedSockets(Overseer overseer) {
        this.overseer = overseer;
        this.left = new ArrayList<>(overseer.passed());
    }

    /** The one for a listener that asks by name: it must be there, be the only one so called, and listen. */
    Overseer.Passed named(ListenerSpec spec, ListenAddress.Systemd address) throws StartException {
        List<Overseer.Passed> found = left.stream()
                .filter(passed -> !passed.kept() && passed.name().equals(address.name()))
                .toList();
        if (found.size() > 1) {
            throw new StartException("cannot listen on " + spec + ": systemd passes " + found.size()
                    + " sockets called " + address.name()
                    + ": give each a socket unit of its own, with its own FileDescriptorName=");
        }
        if (found.isEmpty()) {
            throw new StartException("cannot listen on " + spec + ": systemd passes no socket called " + address.name()
                    + (names().isEmpty() ? ", and no other" : ", but " + names())
                    + ": the socket unit needs FileDescriptorName=" + address.name()
                    + ", must be started, and the service must have it in Sockets=");
        }
        Overseer.Passed one = found.get(0);
        if (!Libc.isListening(one.fd().number()) || !Libc.isStream(one.fd().number())) {
            throw new StartException("cannot listen on " + spec + ": what systemd passes as " + address.name()
                    + " is no listening stream socket: its socket unit needs ListenStream= and Accept=no");
        }
        left.remove(one);
        return one;
    }

    private String names() {
        return left.stream()
                .filter(passed -> !passed.kept())
                .map(Overseer.Passed::name)
                .distinct()
                .collect(Collectors.joining(", "));
    }

    /** A kept one that is bound where this listener is to be, so that connections that wait there are not lost. */
    Optional<Overseer.Passed> keptAt(ListenAddress.Inet wanted) {
        return take(left.stream()
                .filter(passed -> passed.kept() && Libc.isListening(passed.fd().number()))
                .filter(passed -> Libc.localInetAddress(passed.fd().number())
                        .filter(wanted.address()::equals)
                        .isPresent())
                .findFirst());
    }

    /**
     * Lets go of kept ones beside which this address cannot be bound. They are shut down first: the overseer has theirs for a
     * moment longer, and one that does not listen is in nobody's way. All others stay, should this start fail, for the next.
     */
    void makeWay(ListenAddress.Inet wanted) {
        for (Overseer.Passed passed : List.copyOf(left)) {
            if (passed.kept() && isInTheWay(passed.fd(), wanted)) {
                LOG.info("kept socket {} is in the way of {}, and is closed", passed.name(), wanted.text());
                Libc.shutdown(passed.fd());
                overseer.forget(passed.name());
                left.remove(passed);
                passed.fd().close();
            }
        }
    }

    private static boolean isInTheWay(Fd kept, ListenAddress.Inet wanted) {
        return Libc.isListening(kept.number())
                && Libc.localInetAddress(kept.number())
                        .filter(bound ->
                                ListenAddress.parse(ListenAddress.text(bound)).isInTheWayOf(wanted))
                        .isPresent();
    }

    /** The very socket that the supervisor before had, whoever kept it. */
    Optional<Overseer.Passed> same(HeldListener known) {
        return take(left.stream()
                .filter(passed ->
                        known.cookie() != 0 && Libc.socketCookie(passed.fd().number()) == known.cookie())
                .findFirst());
    }

    private Optional<Overseer.Passed> take(Optional<Overseer.Passed> found) {
        found.ifPresent(left::remove);
        return found;
    }

    /**
     * Every listener has what it asked for. What was kept and nobody asked for is let go; a socket that was passed by
     * name and nobody asked for would let its clients wait for ever, and is an error.
     */
    void settle() throws StartException {
        String unwanted = names();
        if (!unwanted.isEmpty()) {
            throw new StartException("systemd passes sockets that no listener asks for: " + unwanted
                    + ": write [listen] NAME = \"systemd:"
                    + left.stream()
                            .filter(p -> !p.kept())
                            .findFirst()
                            .orElseThrow()
                            .name()
                    + "\", or take the socket unit out of the service's Sockets=");
        }
        for (Overseer.Passed passed : left) {
            LOG.info(
                    "kept socket {} on {} is no listener's any more, and is closed",
                    passed.name(),
                    Libc.localAddress(passed.fd().number())
                            .map(Object::toString)
                            .orElse("no address"));
            overseer.forget(passed.name());
        }
        close();
    }

    void close() {
        left.forEach(passed -> passed.fd().close());
        left.clear();
    }
}
