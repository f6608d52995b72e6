package dev.baton.kit;

import dev.baton.handover.Fd;
import dev.baton.handover.HandoverChannel;
import dev.baton.handover.Libc;
import dev.baton.handover.Message;
import dev.baton.handover.Traffic;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a worker will do once, and has not done before: done in private, to no effect, before it says that it is ready.
 * What takes time is to load and to run the code for the first time, and clients whose connections move would wait for
 * that, at the worker that gives as at the one that takes. A rehearsal that fails changes nothing.
 *
 * <p>The handover is rehearsed again while the worker is warmed up, or where it is not, while it begins to serve: a
 * compiler that has never seen a connection move compiles code in which none does, and has to throw it away when the first
 * one is to.
 */
final class Rehearsal {
    private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);
    static final Duration PAUSE = Duration.ofSeconds(1);

    /** As many as there is time for in a warm-up that is given much. */
    private static final int MOST = 60;

    /** By then the compiler knows; a worker that serves clients is not kept from it for longer. */
    private static final int ENOUGH = 6;

    /** Whoever has answered fewer requests since the last time has hardly compiled anything. */
    private static final long MANY = 100;

    private final List<Pluggable> slots;
    private final List<Drainable> drainables;
    private final Map<String, Adopter> adopters;
    private final Stage stage;

    /** The worker, as far as it concerns a rehearsal. */
    interface Stage {
        /** Where a client in this process reaches a listener now, over TCP; empty: nowhere. */
        Optional<InetSocketAddress> address(Pluggable slot) throws IOException;

        /** Whether clients come in. */
        boolean isPublic();

        /** Waits for so long; false if nothing is to be rehearsed any more. */
        boolean pause(Duration atMost);
    }

    /** Of what is in these by then. */
    Rehearsal(List<Pluggable> slots, List<Drainable> drainables, Map<String, Adopter> adopters, Stage stage) {
        this.slots = slots;
        this.drainables = drainables;
        this.adopters = adopters;
        this.stage = stage;
    }

    /** All of it. */
    void first() {
        ofPlugging();
        ofHandover();
        ofWords();
    }

    /**
     * The handover, after each pause in which many requests were answered; on a thread of its own. While clients are
     * served pauses get longer, and there are none where there have been enough before.
     */
    void again() {
        Thread thread = new Thread(this::repeat, "baton-rehearsal");
        thread.setDaemon(true);
        thread.start();
    }

    private void repeat() {
        try {
            Duration pause = PAUSE;
            long then = requests();
            for (int times = 0; times < (stage.isPublic() ? ENOUGH : MOST) && stage.pause(pause); ) {
                long now = requests();
                if (now - then >= MANY) {
                    then = now;
                    times++;
                    ofHandover();
                    ofWords();
                    pause = stage.isPublic() ? pause.multipliedBy(2) : pause;
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
            Optional<InetSocketAddress> bound = stage.address(slot);
            if (bound.isEmpty()) {
                return false;
            }
            InetSocketAddress at = bound.get().getAddress().isAnyLocalAddress()
                    ? new InetSocketAddress(
                            InetAddress.getLoopbackAddress(), bound.get().getPort())
                    : bound.get();
            Fd[] pair = Libc.socketPair();
            try (Handover handover = new Handover(new HandoverChannel(pair[0]))) {
                Thread taker = new Thread(new Adoption(new HandoverChannel(pair[1]), adopters), "baton-adoption");
                taker.setDaemon(true);
                taker.start();
                for (Drainable drainable : drainables) {
                    if (drainable.rehearse(slot.name(), at, handover)) {
                        return true;
                    }
                }
            }
        } catch (IOException | RuntimeException e) {
            LOG.debug("the handover could not be rehearsed at {}", slot.name(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }
}
