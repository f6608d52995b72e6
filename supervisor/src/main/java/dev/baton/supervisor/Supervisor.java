package dev.baton.supervisor;

import dev.baton.handover.Fd;
import dev.baton.handover.HandoverChannel;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A supervisor in this process: it holds the listeners, and keeps one worker serving on them.
 *
 * <p>Threading: any. Ownership: it closes what it has opened when the last worker has gone; {@link #close} hastens
 * that. Order: {@link #start}, then whatever, until {@link #ended}.
 */
public final class Supervisor implements Supervision, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);
    private static final Duration CLOSE = Duration.ofSeconds(10);

    private final RuntimeDirectory directory;
    private final ListenerSet listeners;
    private final Overseer overseer;
    private final Lifecycle lifecycle;
    private final History history = new History(InstantSource.system(), System::nanoTime);
    private final Admission admission;
    private final Crew crew;
    private final ScheduledThreadPoolExecutor alarms;
    private final Members members = new Members();
    private final StateKeeper state;
    private final StatusBoard board;
    private final Replacement replacement;
    private final Orders orders;
    private final CompletableFuture<Integer> ended = new CompletableFuture<>();
    private volatile CompletionStage<Void> counted = CompletableFuture.completedFuture(null);
    private Totals before = Totals.NONE;
    private Reception reception;
    private boolean hasTakenBack;

    private Supervisor(
            Settings settings,
            RuntimeDirectory directory,
            ListenerSet listeners,
            List<Consumer<Transition>> observers,
            Overseer overseer,
            Output output)
            throws IOException {
        this.overseer = overseer;
        this.lifecycle = new Lifecycle(overseer.pulse());
        this.directory = directory;
        this.listeners = listeners;
        this.admission = new Admission(settings.user());
        this.alarms = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "baton-alarms");
            thread.setDaemon(true);
            return thread;
        });
        this.crew =
                new Crew(members, this::settings, listeners, directory, admission, output, history, lifecycle, alarms);
        this.state = new StateKeeper(this::settings, directory.state(), members, listeners, history);
        this.board = new StatusBoard(settings.app(), listeners, members, history, observers);
        this.replacement = new Replacement(listeners, crew, members, directory, state);
        this.orders = new Orders(settings, lifecycle, listeners, history, replacement);
    }

    private Settings settings() {
        return orders.settings();
    }

    /**
     * Binds the listeners, starts the first worker and returns at once; or, where another supervisor of this app has
     * died and left workers, takes these back, which may last as long as the slowest of them.
     *
     * @param observers told of every transition, on the lifecycle's thread, which must not be kept
     * @param overseer who watches over this supervisor itself
     * @throws StartException if it cannot; nothing is left open then
     */
    public static Supervisor start(Settings settings, List<Consumer<Transition>> observers, Overseer overseer)
            throws StartException {
        return start(settings, observers, overseer, Output.own());
    }

    static Supervisor start(Settings settings, List<Consumer<Transition>> observers, Overseer overseer, Output output)
            throws StartException {
        Preflight.require(settings);
        Deque<AutoCloseable> open = new ArrayDeque<>();
        boolean started = false;
        try {
            RuntimeDirectory directory =
                    RuntimeDirectory.open(settings.app(), settings.runtimeDirectory(), settings.user());
            open.push(directory);
            directory.putAgent();
            ListenerSet listeners = new ListenerSet(overseer);
            open.push(listeners);
            Supervisor supervisor = new Supervisor(settings, directory, listeners, observers, overseer, output);
            open.push(supervisor::closeReception);
            supervisor.begin();
            started = true;
            return supervisor;
        } catch (IOException e) {
            throw new StartException(
                    "cannot take over from the supervisor before: " + e + ": let this user read and write what is in "
                            + settings.runtimeDirectory() + ", with room left on its disk, and start again",
                    e);
        } finally {
            if (!started) {
                open.forEach(Supervisor::closeQuietly);
            }
        }
    }

    private void begin() throws StartException, IOException {
        Rules rules = Rules.of(settings());
        Optional<State> recorded = directory.state().read(settings().app(), rules);
        if (recorded.isPresent()) {
            recorded.get().requireWorkersOf(settings().user());
        }
        directory.settle();
        Optional<Recovery> left = recorded.map(
                known -> new Recovery(known, crew, listeners, settings().killAfter()));
        boolean begun = false;
        try {
            begin(rules, left);
            begun = true;
        } finally {
            if (!begun && left.isPresent()) {
                listeners.abandon();
            }
        }
    }

    private void begin(Rules rules, Optional<Recovery> left) throws StartException, IOException {
        Map<Integer, String> living = left.isPresent() ? left.get().adopt() : Map.of();
        hasTakenBack = !living.isEmpty();
        directory.sweep(living.keySet());
        Orphans.without(living.values(), directory.handover()).kill();
        if (left.isEmpty()) {
            listeners.bind(settings().listeners());
        }
        reception = Reception.open(settings().app(), directory, admission, new Welcome(left));
        Step first = left.isPresent()
                ? recover(left.get())
                : Starting.again(Life.begin(rules, Launch.of(settings())), Leavers.NONE);
        listeners.settle();
        lifecycle.start(first, stagehand());
    }

    private Step recover(Recovery recovery) throws StartException {
        before = recovery.totals();
        board.goOnFrom(recovery.phase());
        history.restore(recovery.upgrades(), before.upgrades());
        recovery.gather();
        members.restore(recovery.isComplete() ? before : Totals.NONE);
        counted = recovery.counted();
        Step step = recovery.resume(Launch.of(settings()));
        recovery.news().forEach(lifecycle::post);
        return step;
    }

    private Stagehand stagehand() {
        return new Stagehand(
                this::settings,
                crew,
                listeners,
                lifecycle,
                history,
                state,
                board,
                replacement,
                before.restarts(),
                this::pulse,
                this::ended);
    }

    private void pulse() {
        directory.goOnLettingPass();
        overseer.onPulse(this::status);
    }

    private void ended(int exitCode) {
        try {
            reception.close();
            listeners.close();
            directory.close();
            alarms.shutdownNow();
            LOG.info("stopped exit-code={}", exitCode);
        } finally {
            ended.complete(exitCode);
        }
    }

    private void closeReception() {
        if (reception != null) {
            reception.close();
        }
    }

    /** What those get who come to the handover socket. */
    private final class Welcome implements Reception.Host {
        private final Optional<Recovery> recovery;

        Welcome(Optional<Recovery> recovery) {
            this.recovery = recovery;
        }

        @Override
        public List<PublicListener> listeners(int generation) {
            return crew.listeners(generation);
        }

        @Override
        public boolean hasListenersToReturn(int generation) {
            return recovery.isPresent() && recovery.get().hasListenersToReturn(generation);
        }

        @Override
        public void takeBack(int generation, List<Fd> returned) {
            recovery.ifPresent(r -> r.takeBack(generation, returned));
        }

        @Override
        public void mendOutput(int generation, HandoverChannel channel) throws IOException {
            crew.mendOutput(generation, channel);
        }

        @Override
        public void hear(int generation, HandoverChannel channel) {
            members.find(generation)
                    .ifPresentOrElse(
                            member -> new Hearing(
                                            member,
                                            channel,
                                            lifecycle,
                                            history,
                                            () -> crew.goodbye(member),
                                            why -> crew.away(member, why))
                                    .run(),
                            channel::close);
        }
    }

    // ---- what others see and order ----

    /** Completes with the program's exit code when the last worker has gone and everything is closed. */
    public CompletionStage<Integer> ended() {
        return ended.minimalCompletionStage();
    }

    @Override
    public Status status() {
        return board.status();
    }

    @Override
    public UpgradeReply upgrade(UpgradeRequest request) {
        return orders.upgrade(request);
    }

    @Override
    public void countRefusal() {
        orders.countRefusal();
    }

    @Override
    public Reply rollback() {
        return orders.rollback();
    }

    @Override
    public Reply stop() {
        return orders.stop();
    }

    @Override
    public Reply reexec() {
        return orders.reexec();
    }

    /** This is done each time before the program is replaced, and waited for: what it has started cannot outlive it. */
    public void beforeReplacement(Runnable last) {
        orders.beforeReplacement(last);
    }

    /** Lets other users pass the runtime directory, on their way to a socket that is given to them. */
    public void letPass() throws IOException {
        directory.letPass();
    }

    @Override
    public Optional<UpgradeRecord> upgrade(long id) {
        return history.find(id);
    }

    @Override
    public List<UpgradeRecord> upgrades() {
        return history.all();
    }

    @Override
    public UpgradeTotals totals() {
        return history.totals();
    }

    /** Whether workers that another supervisor has started were alive when this one began, and it has not ended since. */
    public boolean hasTakenBack() {
        return hasTakenBack && !ended.isDone();
    }

    @Override
    public CompletionStage<Void> counted() {
        return counted;
    }

    /** Kills every worker, and waits until they are gone and everything is closed. */
    @Override
    public void close() {
        // To drain, to terminate, to kill.
        stop();
        stop();
        stop();
        try {
            ended.get(CLOSE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            LOG.error("workers outlive SIGKILL: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void closeQuietly(AutoCloseable open) {
        try {
            open.close();
        } catch (Exception e) {
            LOG.warn("could not be closed: {}", e.toString());
        }
    }
}
