package dev.baton.supervisor;

import dev.baton.handover.Fd;
import dev.baton.handover.Libc;
import dev.baton.handover.ListenerSpec;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
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

    /** They tell it a few times a second, and only if there is anything. */
    private static final Duration COUNTED = Duration.ofSeconds(5);

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
        Optional<Inheritance> ours = state.inheritance().filter(Inheritance::isOurs);
        if (ours.isPresent()) {
            inheritListeners(ours.get());
        }
        listeners.takePassed(state.listeners());
        for (State.LivingWorker recorded : state.workers()) {
            int generation = recorded.worker().generation();
            List<Fd> reading = ours.isPresent() ? ours.get().outputOf(generation) : List.of();
            Optional<Member> member = crew.adopt(recorded, reading);
            if (member.isPresent()) {
                living.put(generation, member.get());
                fetchListeners(member.get());
                tokens.put(generation, recorded.token());
            }
        }
        LOG.info(
                "{}: phase={} generation={} alive={}",
                ours.isPresent() ? "the program of this supervisor was replaced" : "the supervisor before has died",
                state.phase().name(),
                state.phase().life().lastGeneration(),
                living.keySet());
        return tokens;
    }

    /** One that nothing of ours runs in brings nothing. */
    private void fetchListeners(Member member) {
        if (!member.inherits() || !holdsWhatIsMissing(member)) {
            return;
        }
        int generation = member.worker().generation();
        try {
            takeBack(
                    generation,
                    InheritingProcess.listeners(
                            member.process().pid(),
                            member.worker().launch().listeners().size()));
        } catch (IOException e) {
            LOG.warn("generation={} {}", generation, e.getMessage());
        }
    }

    private void inheritListeners(Inheritance ours) throws IOException {
        for (Map.Entry<String, Integer> listener : ours.listeners().entrySet()) {
            HeldListener known = state.listeners().stream()
                    .filter(l -> l.asked().equals(listener.getKey()))
                    .findFirst()
                    .orElseThrow(() -> new IOException("nothing is known of listener " + listener.getKey()));
            if (Libc.socketCookie(listener.getValue()) != known.cookie()) {
                throw new IOException("descriptor " + listener.getValue() + " is not listener " + known.spec());
            }
            listeners.takeBack(known, Libc.inherit(listener.getValue()));
        }
    }

    /** The name of the phase that it is left in. */
    String phase() {
        return state.phase().name();
    }

    List<UpgradeRecord> upgrades() {
        return state.upgrades();
    }

    /** How far the counters had come. */
    Totals totals() {
        return state.totals();
    }

    /**
     * Whether all have come who were to. Else nobody knows what the others had counted, and the counters
     * begin anew: to whoever reads them, one that has become less has begun at zero.
     */
    boolean isComplete() {
        return expected()
                .map(recorded -> living.get(recorded.worker().generation()))
                .allMatch(member -> member != null && member.met().isDone());
    }

    /** Completes when all that live have told what they have served, or have had time for it. */
    CompletionStage<Void> counted() {
        return CompletableFuture.allOf(living.values().stream()
                        .filter(member -> !member.inherits() && !member.isLeaving())
                        .map(Member::counted)
                        .toArray(CompletableFuture[]::new))
                .completeOnTimeout(null, COUNTED.toMillis(), TimeUnit.MILLISECONDS);
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

    /** Who had been given listeners, and has not said goodbye: that was the last word, and none is held any more. */
    private Stream<State.LivingWorker> expected() {
        return state.workers().stream().filter(recorded -> recorded.met() && !recorded.leaving());
    }

    /**
     * Waits until all have come who live and have been given listeners, and for those who do not come sees to it that
     * others can. Who is still on its way to its first hello is not waited for; but that may not have been recorded.
     */
    void gather() throws StartException {
        gather(expected()
                .flatMap(recorded ->
                        Optional.ofNullable(living.get(recorded.worker().generation())).stream())
                .toList());
        try {
            bindWhatIsMissing();
        } catch (StartException e) {
            LOG.info("{}: is it a worker that was only just given it?", e.getMessage());
            gather(living.values());
            bindWhatIsMissing();
        }
        over = true;
    }

    private void gather(Collection<Member> members) {
        await(members, PATIENCE);
        for (Member silent : members) {
            if (isSilent(silent)) {
                LOG.warn(
                        "generation={} pid={} lives, and has not come within {}",
                        silent.worker().generation(),
                        silent.process().pid(),
                        Failure.text(PATIENCE));
                if (holdsWhatIsMissing(silent)) {
                    end(silent);
                }
            }
        }
    }

    private void bindWhatIsMissing() throws StartException {
        for (HeldListener known : state.listeners()) {
            if (isNeeded(known)) {
                listeners.bindAgain(known);
            }
        }
    }

    private static void await(Collection<Member> members, Duration atMost) {
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

    private static boolean isSilent(Member member) {
        return member.process().isAlive() && !member.met().isDone();
    }

    /** It hangs, with a listener that nobody else has: connections wait there, and only its end lets go of them. */
    private void end(Member member) {
        for (Signal signal : List.of(Signal.TERM, Signal.KILL)) {
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
    Step resume(Launch configured) {
        Phase phase = state.phase();
        if (!configured.equals(state.configured())) {
            Optional<String> obstacle = obstacle(configured);
            if (obstacle.isPresent()) {
                LOG.warn("what is configured now does not count yet: {}", obstacle.get());
            } else {
                phase = PhaseState.with(phase, life -> life.configured(configured));
            }
        }
        return Resumption.concluding(Resumption.of(phase, this::isAlive), state.upgrades());
    }

    /** Why its listeners cannot be bound: no reason not to go on with what serves. */
    private Optional<String> obstacle(Launch configured) {
        Optional<String> conflict = listeners.conflict(configured.listeners());
        if (conflict.isEmpty()) {
            try {
                listeners.bind(configured.listeners());
            } catch (StartException e) {
                return Optional.of(e.getMessage());
            }
        }
        return conflict;
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
        for (State.LivingWorker recorded : state.workers()) {
            int generation = recorded.worker().generation();
            if (recorded.met() && living.containsKey(generation) && isSilent(living.get(generation))) {
                news.add(new Event.ChannelLost(generation, "it has not come back"));
            }
        }
        return news;
    }
}
