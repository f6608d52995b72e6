package dev.baton.supervisor;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import dev.baton.handover.ListenerSpec;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes back what a supervisor has left that died: the workers that live, with the listeners, which nobody holds but
 * they. They come by themselves; what nobody brings is bound anew, though never beside a worker that may hold it.
 *
 * <p>Order: {@link #adopt}; then workers may come; {@link #gather} waits for them; {@link #resume} says how it goes on,
 * and {@link #news} what has happened meanwhile. The lifecycle starts with these.
 *
 * <p>Threading: one thread for these, and any number for workers that come.
 */
final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    /** From the first moment on: a worker may be in a long pause of its collector, or stopped for a few seconds. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final State state;
    private final Crew crew;
    private final ListenerSet listeners;
    private final Duration killAfter;
    private final Map<Integer, Member> living = new HashMap<>();
    private volatile boolean over;

    Recovery(State state, Crew crew, ListenerSet listeners, Duration killAfter) {
        this.state = state;
        this.crew = crew;
        this.listeners = listeners;
        this.killAfter = killAfter;
    }

    /** Finds out who lives: the tokens by generation. */
    Map<Integer, String> adopt() throws IOException {
        Map<Integer, String> tokens = new HashMap<>();
        for (State.LivingWorker recorded : state.workers()) {
            Optional<Member> member = crew.adopt(recorded);
            if (member.isPresent()) {
                int generation = recorded.worker().generation();
                living.put(generation, member.get());
                tokens.put(generation, recorded.token());
            }
        }
        LOG.info(
                "the supervisor before has died: phase={} generation={} alive={}",
                state.phase().name(),
                state.phase().life().lastGeneration(),
                living.keySet());
        return tokens;
    }

    List<UpgradeRecord> upgrades() {
        return state.upgrades();
    }

    // ---- what workers bring ----

    boolean hasListenersToReturn(int generation) {
        Member member = living.get(generation);
        return !over && member != null && holdsWhatIsMissing(member);
    }

    private boolean holdsWhatIsMissing(Member member) {
        return member.worker().launch().listeners().stream()
                .anyMatch(spec -> !listeners.holds(spec) && find(spec).isPresent());
    }

    private Optional<HeldListener> find(ListenerSpec spec) {
        return state.listeners().stream().filter(known -> known.isFor(spec)).findFirst();
    }

    /** A worker is not believed in what it brings: the kernel says which socket it is. */
    void takeBack(int generation, List<Fd> returned) {
        for (Fd fd : returned) {
            long cookie = Libc.socketCookie(fd.number());
            try {
                HeldListener known = state.listeners().stream()
                        .filter(l -> l.cookie() == cookie && cookie != 0)
                        .findFirst()
                        .orElseThrow(() -> new IOException("it is no listener of ours"));
                listeners.takeBack(known, fd);
                LOG.info(
                        "listener={} taken back from generation={}",
                        known.spec().name(),
                        generation);
            } catch (IOException e) {
                fd.close();
                LOG.warn("generation={} brought a descriptor that is not taken: {}", generation, e.getMessage());
            }
        }
    }

    // ---- what is waited for ----

    /** Waits until all have come who live, and for those who do not come sees to it that others can. */
    void gather() throws StartException {
        await(living.values(), PATIENCE);
        for (Member silent : silent()) {
            LOG.warn(
                    "generation={} pid={} lives, and has not come within {}",
                    silent.worker().generation(),
                    silent.process().pid(),
                    Failure.text(PATIENCE));
            if (holdsWhatIsMissing(silent)) {
                end(silent);
            }
        }
        over = true;
        for (HeldListener known : state.listeners()) {
            if (isNeeded(known)) {
                listeners.bindAgain(known);
            }
        }
    }

    private void await(Iterable<Member> members, Duration atMost) {
        List<CompletableFuture<?>> all = new ArrayList<>();
        members.forEach(member ->
                all.add(CompletableFuture.anyOf(member.met(), member.process().exit())));
        await(CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)), atMost);
    }

    private static boolean await(CompletableFuture<?> event, Duration atMost) {
        try {
            event.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("an event cannot fail", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private List<Member> silent() {
        return living.values().stream()
                .filter(member -> member.process().isAlive() && !member.met().isDone())
                .toList();
    }

    /** It hangs, with a listener that nobody else has: connections wait there, and only its end lets go of them. */
    private void end(Member member) {
        for (Signal signal : Signal.values()) {
            member.process().signal(signal);
            if (await(member.process().exit(), killAfter)) {
                return;
            }
        }
    }

    private boolean isNeeded(HeldListener known) {
        List<ListenerSpec> wanted =
                new ArrayList<>(state.phase().life().launch().listeners());
        living.values().stream()
                .filter(member -> member.process().isAlive())
                .forEach(member -> wanted.addAll(member.worker().launch().listeners()));
        return wanted.stream().anyMatch(known::isFor);
    }

    // ---- how it goes on ----

    /**
     * The first step of the new life.
     *
     * @param configured what is to be run from now on, if that has changed: it counts with the next start
     */
    Step resume(Launch configured) throws StartException {
        Phase phase = state.phase();
        if (!configured.equals(state.configured())) {
            Optional<String> conflict = listeners.conflict(configured.listeners());
            if (conflict.isPresent()) {
                LOG.warn("what is configured now does not count yet: {}", conflict.get());
            } else {
                listeners.bind(configured.listeners());
                phase = PhaseState.with(phase, life -> life.configured(configured));
            }
        }
        return Resumption.of(phase, this::isAlive);
    }

    private boolean isAlive(int generation) {
        return living.containsKey(generation)
                && living.get(generation).process().isAlive();
    }

    /** Who has died with the supervisor, and who lives and is not to be spoken to. */
    List<Event> news() {
        List<Event> news = new ArrayList<>();
        for (Seat seat : state.phase().seats()) {
            int generation = seat.worker().generation();
            if (!living.containsKey(generation)) {
                news.add(new Event.Exited(generation, Exit.unseen()));
            }
        }
        silent().forEach(member ->
                news.add(new Event.ChannelLost(member.worker().generation(), "it has not come back")));
        return news;
    }
}
