package dev.baton.supervisor;

import dev.baton.handover.Fd;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replaces this program by another one in the same process, and leaves to it what must stay open.
 *
 * <p>Threading: any thread tries, the lifecycle's replaces.
 */
final class Replacement {
    private static final Logger LOG = LoggerFactory.getLogger(Replacement.class);

    private final ListenerSet listeners;
    private final Crew crew;
    private final Members members;
    private final RuntimeDirectory directory;
    private final StateKeeper state;
    private volatile Successor successor;

    Replacement(ListenerSet listeners, Crew crew, Members members, RuntimeDirectory directory, StateKeeper state) {
        this.listeners = listeners;
        this.crew = crew;
        this.members = members;
        this.directory = directory;
        this.state = state;
    }

    /** Has the new program try whether it could; why it could not, else it is the one to be {@link #replace}d with. */
    Optional<String> refusal() {
        try {
            Successor next = Successor.ofThisProcess();
            Optional<String> refusal = next.refusal();
            if (refusal.isEmpty()) {
                successor = next;
                LOG.info("this program is replaced by {}", next.program());
            } else {
                LOG.warn("reexec refused: {}", refusal.get());
            }
            return refusal;
        } catch (IOException e) {
            return Optional.of("the new program could not be tried: " + e.getMessage());
        }
    }

    /**
     * Does not return, unless it fails.
     *
     * @return false where the state is to be saved again in a while
     */
    boolean replace() {
        Map<String, Integer> sockets = new HashMap<>();
        listeners.descriptors().forEach((asked, fd) -> sockets.put(asked, fd.number()));
        Map<Integer, List<Integer>> pipes = new HashMap<>();
        members.reading()
                .forEach((generation, fds) ->
                        pipes.put(generation, fds.stream().map(Fd::number).toList()));
        Set<Integer> kept = new HashSet<>(sockets.values());
        pipes.values().forEach(kept::addAll);
        kept.add(directory.lockDescriptor());
        try {
            state.leave(new Inheritance(ProcessIdentity.ofThis().orElseThrow(), sockets, pipes));
            crew.close(); // an archive that is being made: nobody would reap who makes it
            successor.take(kept, directory.lockDescriptor());
        } catch (IOException | RuntimeException e) {
            LOG.error("this program could not be replaced by {}, and goes on", successor.program(), e);
        }
        return state.again();
    }
}
