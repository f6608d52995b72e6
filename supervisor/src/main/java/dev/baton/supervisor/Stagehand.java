package dev.baton.supervisor;

import dev.baton.handover.ListenerSpec;
import dev.baton.handover.Message;
import dev.baton.supervisor.Status.Restarts;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lifecycle's hands, and what is recorded and shown of each of its steps.
 *
 * <p>Threading: the lifecycle's thread.
 */
final class Stagehand implements Lifecycle.Stage, Hands {
    private static final Logger LOG = LoggerFactory.getLogger(Stagehand.class);

    /** How soon a state is written again that could not be. */
    private static final Duration REWRITE = Duration.ofSeconds(2);

    private final Supplier<Settings> settings;
    private final Crew crew;
    private final ListenerSet listeners;
    private final Lifecycle lifecycle;
    private final History history;
    private final StateKeeper state;
    private final StatusBoard board;
    private final Replacement replacement;
    private final Runnable onPulse;
    private final IntConsumer onEnd;
    private final Repeat rewrite;
    private final Random random = new Random();
    private final List<Upgrade.Verdict> verdicts = new ArrayList<>();
    private final List<Runnable> announcements = new ArrayList<>();
    private Restarts restarts;
    /** When the phase was entered: before its timers were armed. */
    private long since;

    /**
     * @param restartsBefore how often workers have been started again in the supervisors before
     * @param onPulse what to do while this thread is alive
     * @param onEnd what to do when nothing follows, with the exit code
     */
    Stagehand(
            Supplier<Settings> settings,
            Crew crew,
            ListenerSet listeners,
            Lifecycle lifecycle,
            History history,
            StateKeeper state,
            StatusBoard board,
            Replacement replacement,
            long restartsBefore,
            Runnable onPulse,
            IntConsumer onEnd) {
        this.settings = settings;
        this.crew = crew;
        this.listeners = listeners;
        this.lifecycle = lifecycle;
        this.history = history;
        this.state = state;
        this.board = board;
        this.replacement = replacement;
        this.restarts = new Restarts(restartsBefore, 0, Optional.empty(), Optional.empty());
        this.onPulse = onPulse;
        this.onEnd = onEnd;
        this.rewrite = new Repeat(ring -> crew.arm(new Timer("state"), REWRITE, ring), lifecycle::save);
    }

    // ---- what is recorded and shown of a step ----

    @Override
    public Hands hands() {
        return this;
    }

    @Override
    public void entering(Phase phase) {
        since = history.now();
        again(state.entering(phase, restarts.total()));
    }

    /** In a while, where the state could not be written. */
    private void again(boolean isWritten) {
        if (!isWritten) {
            rewrite.ask();
        }
    }

    @Override
    public void entered(Phase phase, Event event) {
        if (event instanceof Event.Exited exited) {
            crew.forget(exited.generation());
        }
        String before = board.phase();
        history.atOnce(() -> publish(phase));
        if (!(phase instanceof Stopped)) {
            holdListeners(phase);
            again(state.save(phase, restarts.total()));
        }
        if (phase instanceof Serving serving) {
            crew.serves(serving.active().generation());
        }
        board.show(phase, before);
        announcements.forEach(Runnable::run);
        announcements.clear();
    }

    /** Whoever reads that an upgrade is over no longer sees the worker that it has replaced. */
    private void publish(Phase phase) {
        verdicts.forEach(verdict -> announcements.add(history.conclude(verdict)));
        verdicts.clear();
        history.enter(phase.stages(), since);
        board.publish(phase, restartsIn(phase));
    }

    private Restarts restartsIn(Phase phase) {
        boolean waits = phase instanceof BackingOff off && off.timer().isPresent();
        int inARow = phase instanceof Stopped ? 0 : phase.life().failures();
        return new Restarts(restarts.total(), inARow, restarts.reason(), waits ? restarts.next() : Optional.empty());
    }

    /** Those of the workers that live, and of the one that would be started next; every other one is closed. */
    private void holdListeners(Phase phase) {
        Launch next = phase.life().launch();
        Set<ListenerSpec> held = new HashSet<>(next.listeners());
        phase.seats().forEach(seat -> held.addAll(seat.worker().launch().listeners()));
        listeners.retain(held);
        listeners.changeBacklogs(next.listeners());
    }

    @Override
    public void pulse() {
        onPulse.run();
    }

    @Override
    public void ended(int exitCode) {
        try {
            crew.close();
        } finally {
            onEnd.accept(exitCode);
        }
    }

    // ---- what it does ----

    @Override
    public void spawn(Worker worker) {
        crew.spawn(worker);
    }

    @Override
    public void tell(int generation, Message message) {
        crew.tell(generation, message);
    }

    @Override
    public void drain(int generation, Duration deadline, OptionalInt successor) {
        crew.drain(generation, deadline, successor);
    }

    @Override
    public void ask(int generation, Check check, Inquiry.Where where) {
        crew.ask(generation, check, where);
    }

    @Override
    public void warm(int generation, WarmUp warmUp) {
        crew.warm(generation, warmUp);
    }

    @Override
    public void stepBack(int generation, Duration atMost) {
        crew.stepBack(generation, atMost);
    }

    @Override
    public void stepForward(int generation) {
        crew.stepForward(generation);
    }

    @Override
    public void giveWay(int generation) {
        crew.giveWay(generation);
    }

    @Override
    public void signal(int generation, Signal signal) {
        crew.signal(generation, signal);
    }

    @Override
    public void arm(Timer timer, Duration after) {
        crew.arm(timer, after, () -> lifecycle.post(new Event.Deadline(timer)));
    }

    @Override
    public void backOff(Timer timer, int failures, String reason) {
        Settings now = settings.get();
        Duration pause = new Backoff(now.firstBackoff(), now.longestBackoff(), random).after(failures);
        restarts = new Restarts(
                restarts.total() + 1,
                failures,
                Optional.of(reason),
                Optional.of(Instant.now().plus(pause)));
        LOG.info("back-off={}ms failures={}", pause.toMillis(), failures);
        arm(timer, pause);
    }

    @Override
    public void begin(Upgrade upgrade) {
        history.begin(upgrade);
    }

    @Override
    public void conclude(Upgrade.Verdict verdict) {
        verdicts.add(verdict);
        LOG.info(
                "upgrade={} outcome={} from={} to={}{}",
                verdict.upgrade().id(),
                verdict.outcome().text(),
                verdict.upgrade().from(),
                verdict.upgrade().to(),
                verdict.reason().map(reason -> " reason=\"" + reason + "\"").orElse(""));
    }

    @Override
    public void announce(Runnable announcement) {
        announcements.add(announcement);
    }

    @Override
    public void warn(String text) {
        LOG.warn("{}", text);
    }

    @Override
    public void keepNewcomersOut() {
        listeners.keepNewcomersOut();
    }

    @Override
    public void closeListeners() {
        listeners.end(crew.hasInheritors());
    }

    @Override
    public void replaceProgram() {
        again(replacement.replace());
    }
}
