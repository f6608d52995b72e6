package dev.baton.kit;

import dev.baton.handover.DaemonThread;
import dev.baton.handover.Fd;
import dev.baton.handover.HandoverChannel;
import dev.baton.handover.Libc;
import dev.baton.handover.ListenAddress;
import dev.baton.handover.Message;
import dev.baton.handover.Traffic;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a worker will do once, and has not done before: done in private, to no effect, before it says that it is ready.
 * What takes time is to load and to run the code for the first time, and clients whose connections move would wait for
 * that, at the worker that gives as at the one that takes. A rehearsal that fails changes nothing.
 *
 * <p>The handover is rehearsed again while the worker is warmed up: a compiler that has never seen a connection move
 * compiles code in which none does, and has to throw it away when the first one is to.
 */
final class Rehearsal {
    private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);
    static final Duration PAUSE = Duration.ofSeconds(1);

    /** As many as there is time for in a warm-up that is given much. */
    private static final int MOST = 60;

    /** Whoever has answered fewer requests since the last time has hardly compiled anything. */
    private static final long MANY = 100;

    private final List<Pluggable> slots;
    private final List<Drainable> drainables;
    private final Map<String, Adopter> adopters;

    /** Of what is in these by then. */
    Rehearsal(List<Pluggable> slots, List<Drainable> drainables, Map<String, Adopter> adopters) {
        this.slots = slots;
        this.drainables = drainables;
        this.adopters = adopters;
    }

    /** All of it. */
    void first() {
        ofPlugging();
        ofHandover();
        ofWords();
    }

    /**
     * The handover, after each pause in which many requests were answered; on a thread of its own.
     *
     * @param pause false ends it
     */
    void again(BooleanSupplier pause) {
        try {
            DaemonThread.start("baton-rehearsal", () -> repeat(pause));
        } catch (IOException e) {
            LOG.warn("the handover is not rehearsed again: {}", e.getMessage());
        }
    }

    private void repeat(BooleanSupplier pause) {
        try {
            long then = requests();
            for (int i = 0; i < MOST && pause.getAsBoolean(); i++) {
                long now = requests();
                if (now - then >= MANY) {
                    then = now;
                    ofHandover();
                    ofWords();
                }
            }
        } catch (RuntimeException e) {
            LOG.debug("requests could not be counted", e);
        }
    }

    private long requests() {
        return drainables.stream()
                .map(Drainable::traffic)
                .mapToLong(Traffic::requests)
                .sum();
    }

    /** Says to itself what will be said between the two. */
    private static void ofWords() {
        List<Message> words = List.of(
                new Message.Accept(),
                new Message.Accepting(),
                new Message.Park(),
                new Message.Parked(),
                new Message.Adopt(),
                new Message.Drain(Duration.ZERO),
                new Message.Drained(List.of()),
                new Message.Goodbye());
        try {
            for (Message word : words) {
                Message.decode(word.encode());
            }
        } catch (IOException e) {
            LOG.warn("the words of a takeover could not be rehearsed", e);
        }
    }

    /** Plugs the private listeners in where they are already. */
    void ofPlugging() {
        try (Plugging plugging = new Plugging()) {
            for (Pluggable slot : slots) {
                slot.rehearse(plugging);
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("the listeners could not be plugged in for a rehearsal", e);
        }
    }

    /** Moves a connection of this worker's own from itself to itself, at the first listener whose connections can. */
    void ofHandover() {
        new DrainRun(new Drain(System.nanoTime(), Optional.empty()), List.of(), cut -> LOG.trace("rehearsed")).start();
        for (Pluggable slot : slots) {
            if (adopters.containsKey(slot.name()) && moves(slot)) {
                return;
            }
        }
    }

    private boolean moves(Pluggable slot) {
        try {
            if (!(ListenAddress.parse(slot.privateAddress()) instanceof ListenAddress.Inet address)) {
                return false;
            }
            Fd[] pair = Libc.socketPair();
            try (Fd givers = pair[0]) {
                Adoption.start(new HandoverChannel(pair[1]), adopters);
                return moves(slot.name(), address, new HandoverChannel(givers.move()));
            }
        } catch (IOException | RuntimeException e) {
            LOG.debug("the handover could not be rehearsed at {}", slot.name(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    private boolean moves(String listener, ListenAddress.Inet at, HandoverChannel givers)
            throws IOException, InterruptedException {
        try (Handover handover = new Handover(givers)) {
            for (Drainable drainable : drainables) {
                if (drainable.rehearse(listener, at.address(), handover)) {
                    return true;
                }
            }
            return false;
        }
    }
}
