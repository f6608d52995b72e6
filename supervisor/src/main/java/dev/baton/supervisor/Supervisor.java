package dev.baton.supervisor;

import dev.baton.handover.Fd;
import dev.baton.handover.HandoverChannel;
import dev.baton.handover.Libc;
import dev.baton.handover.ListenerSpec;
import dev.baton.handover.Message;
import dev.baton.supervisor.Status.Restarts;
import dev.baton.supervisor.Status.WorkerState;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
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
    private static final Duration DECISION = Duration.ofSeconds(30);
    /** Until the answer to whoever asked for a reexec has left this program. */
    private static final Duration SOON = Duration.ofMillis(200);

    private static final Duration CLOSE = Duration.ofSeconds(10);

    /** How soon a state is written again that could not be. */
    private static final Duration REWRITE = Duration.ofSeconds(2);

    private volatile Settings settings;
    private volatile Launch configured;
    private final RuntimeDirectory directory;
    private final ListenerSet listeners;
    private final Instant startedAt = Instant.now();
    private final Overseer overseer;
    private final Lifecycle lifecycle;
    private final History history = new History(InstantSource.system(), System::nanoTime);
    private final Admission admission;
    private final Crew crew;
    private volatile Backoff backoff;
    private final ScheduledThreadPoolExecutor alarms;
    private final CompletableFuture<Integer> ended = new CompletableFuture<>();
    private final List<Consumer<Transition>> observers;
    private final String boot;
    private volatile CompletionStage<Void> counted = CompletableFuture.completedFuture(null);
    private Totals before = Totals.NONE;
    private Reception reception;
    private boolean hasTakenBack;
    private volatile Successor successor;
    private volatile Snapshot snapshot =
            new Snapshot(List.of(), "starting", Restarts.NONE, Optional.empty(), Optional.empty());

    /** What is shown of a phase, all of one moment. */
    private record Snapshot(
            List<Seat> seats,
            String phase,
            Restarts restarts,
            Optional<UpgradeRecord> running,
            Optional<UpgradeRecord> last) {}

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
        this.boot = ProcessIdentity.boot();
        this.settings = settings;
        this.configured = launch(settings);
        this.directory = directory;
        this.listeners = listeners;
        this.observers = List.copyOf(observers);
        this.admission = new Admission(settings.user());
        this.backoff = backoff(settings);
        this.alarms = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "baton-alarms");
            thread.setDaemon(true);
            return thread;
        });
        this.crew = new Crew(() -> this.settings, listeners, directory, admission, output, history, lifecycle, alarms);
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

    static Supervisor start(Settings settings, List<Consumer<Transition>> observers) throws StartException {
        return start(settings, observers, Overseer.NOBODY);
    }

    /** Without observers, and with nobody above. */
    public static Supervisor start(Settings settings) throws StartException {
        return start(settings, List.of());
    }

    static Supervisor start(Settings settings, List<Consumer<Transition>> observers, Output output)
            throws StartException {
        return start(settings, observers, Overseer.NOBODY, output);
    }

    private static Supervisor start(
            Settings settings, List<Consumer<Transition>> observers, Overseer overseer, Output output)
            throws StartException {
        String problem = Libc.unsupportedBecause();
        if (problem != null) {
            throw new StartException(problem);
        }
        Launch launch = launch(settings);
        requireStartable(launch);
        requireBecoming(settings);
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
                    "cannot take over from the supervisor before: " + e + ": see " + settings.runtimeDirectory(), e);
        } finally {
            if (!started) {
                open.forEach(Supervisor::closeQuietly);
            }
        }
    }

    private static Launch launch(Settings settings) {
        return new Launch(
                settings.command(),
                settings.environment(),
                settings.directory(),
                settings.wrap(),
                settings.listeners(),
                settings.check(),
                settings.warmUp(),
                settings.readyAfter());
    }

    private static Backoff backoff(Settings settings) {
        return new Backoff(settings.firstBackoff(), settings.longestBackoff(), new Random());
    }

    /**
     * Looks whether the command and its directory are there, touching nothing.
     *
     * @throws StartException if a worker could not be started right now
     */
    public static void check(Settings settings) throws StartException {
        requireStartable(launch(settings));
    }

    /**
     * Whether a program of this version could take over from the supervisor that has these settings, as it stands.
     *
     * @throws StartException if it could not, with why
     */
    public static void selfTest(Settings settings) throws StartException {
        String problem = Libc.unsupportedBecause();
        if (problem != null) {
            throw new StartException(problem);
        }
        Libc.isListening(0); // loads the native parts
        check(settings);
        new StateFile(settings.runtimeDirectory()).check(Rules.of(settings));
    }

    private static void requireStartable(Launch launch) throws StartException {
        try {
            Program.of(launch, System.getenv());
            if (launch.wrap() == Wrap.AGENT && !AgentJar.isThere()) {
                throw new StartException("this baton was built without its agent: use the jar that its build makes,"
                        + " supervisor/target/baton.jar, or say wrap = \"kit\"");
            }
        } catch (IOException e) {
            throw new StartException("cannot start " + launch.command() + ": " + e.getMessage(), e);
        }
    }

    private void begin() throws StartException, IOException {
        Rules rules = Rules.of(settings);
        Optional<Recovery> left = directory
                .state()
                .read(settings.app(), rules)
                .map(state -> new Recovery(state, crew, listeners, settings.killAfter()));
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
            listeners.bind(settings.listeners());
        }
        reception = Reception.open(settings.app(), directory, admission, new Welcome(left));
        Step first =
                left.isPresent() ? recover(left.get()) : Starting.again(Life.begin(rules, configured), Leavers.NONE);
        listeners.settle();
        lifecycle.start(first, new OnStage());
    }

    private static void requireBecoming(Settings settings) throws StartException {
        if (settings.user().isPresent()) {
            try {
                new OtherUser(settings.user().get()).requirePossible();
            } catch (IOException e) {
                throw new StartException(e.getMessage(), e);
            }
        }
    }

    private Step recover(Recovery recovery) throws StartException {
        before = recovery.totals();
        history.restore(recovery.upgrades(), before.upgrades());
        recovery.gather();
        crew.restore(recovery.isComplete() ? before : Totals.NONE);
        counted = recovery.counted();
        Step step = recovery.resume(configured);
        recovery.news().forEach(lifecycle::post);
        return step;
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
            crew.find(generation)
                    .ifPresentOrElse(
                            member ->
                                    new Hearing(member, channel, lifecycle, history, () -> crew.goodbye(member)).run(),
                            channel::close);
        }
    }

    // ---- what the lifecycle has done ----

    /** The lifecycle's hands, and what the world sees of its steps. All of it on the lifecycle's thread. */
    private final class OnStage implements Lifecycle.Stage, Hands {
        private final List<Upgrade.Verdict> verdicts = new ArrayList<>();
        private final List<Runnable> announcements = new ArrayList<>();
        private String shown = "";
        private State saved;
        private boolean isWritten;
        private Restarts restarts = new Restarts(before.restarts(), 0, Optional.empty(), Optional.empty());

        @Override
        public Hands hands() {
            return this;
        }

        /**
         * Written before anything is done: whoever reads that a worker was to be told must reckon with its having been
         * told, and not the other way round.
         */
        @Override
        public void entering(Phase phase) {
            if (phase instanceof Stopped) {
                directory.state().remove();
            } else if (!isFirst(phase) && (saved == null || saved.phase() != phase)) {
                save(phase);
            }
        }

        /** Nobody has been told anything, and the first start need not wait for the first write, which takes longest. */
        private boolean isFirst(Phase phase) {
            return saved == null
                    && phase.life().lastGeneration() == 1
                    && crew.recorded().isEmpty();
        }

        private void save(Phase phase) {
            State state = new State(
                    settings.app(),
                    boot,
                    configured,
                    phase,
                    crew.recorded(),
                    listeners.recorded(),
                    history.all(),
                    crew.totals(history.totals(), restarts.total()),
                    Optional.empty());
            if (!isWritten || state.isNewsTo(saved)) {
                write(state);
            }
        }

        /** Where it cannot be, no phase waits for this timer; but whatever a phase is asked, its state is saved. */
        private void write(State state) {
            saved = state;
            isWritten = directory.state().write(state.text());
            if (!isWritten) {
                arm(new Timer("state"), REWRITE);
            }
        }

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
        public void signal(int generation, Signal signal) {
            crew.signal(generation, signal);
        }

        @Override
        public void arm(Timer timer, Duration after) {
            crew.arm(timer, after, () -> lifecycle.post(new Event.Deadline(timer)));
        }

        @Override
        public void backOff(Timer timer, int failures, String reason) {
            Duration pause = backoff.after(failures);
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
        public void replaceProgram() {
            Map<String, Integer> sockets = new HashMap<>();
            listeners.descriptors().forEach((asked, fd) -> sockets.put(asked, fd.number()));
            Map<Integer, List<Integer>> pipes = new HashMap<>();
            crew.reading()
                    .forEach((generation, fds) ->
                            pipes.put(generation, fds.stream().map(Fd::number).toList()));
            Set<Integer> kept = new HashSet<>(sockets.values());
            pipes.values().forEach(kept::addAll);
            kept.add(directory.lockDescriptor());
            State now = saved;
            try {
                LOG.info("this program is replaced by {}", successor.program());
                Inheritance left = new Inheritance(ProcessIdentity.ofThis().orElseThrow(), sockets, pipes);
                if (!directory.state().write(now.leaving(left).text())) {
                    throw new IOException("the new program would not know what there is");
                }
                successor.take(kept, directory.lockDescriptor());
            } catch (IOException | RuntimeException e) {
                LOG.error("this program could not be replaced by {}, and goes on", successor.program(), e);
                write(now);
            }
        }

        @Override
        public void entered(Phase phase, Event event) {
            if (event instanceof Event.Exited exited) {
                crew.forget(exited.generation());
            }
            String before = snapshot.phase();
            history.atOnce(() -> publish(phase));
            if (!(phase instanceof Stopped)) {
                holdListeners(phase);
                save(phase);
            }
            if (phase instanceof Serving serving) {
                crew.serves(serving.active().generation());
            }
            show(phase, before);
            announcements.forEach(Runnable::run);
            announcements.clear();
        }

        /** Whoever reads that an upgrade is over no longer sees the worker that it has replaced. */
        private void publish(Phase phase) {
            verdicts.forEach(verdict -> announcements.add(history.conclude(verdict)));
            verdicts.clear();
            history.enter(phase.stages());
            snapshot = new Snapshot(phase.seats(), phase.name(), restartsIn(phase), history.running(), history.last());
        }

        @Override
        public void pulse() {
            overseer.onPulse(Supervisor.this::status);
        }

        private Restarts restartsIn(Phase phase) {
            boolean waits = phase instanceof BackingOff off && off.timer().isPresent();
            int inARow = phase instanceof Stopped ? 0 : phase.life().failures();
            return new Restarts(
                    restarts.total(), inARow, restarts.reason(), waits ? restarts.next() : Optional.empty());
        }

        /** Those of the workers that live, and of the one that would be started next; every other one is closed. */
        private void holdListeners(Phase phase) {
            Launch next = phase.life().launch();
            Set<ListenerSpec> held = new HashSet<>(next.listeners());
            phase.seats().forEach(seat -> held.addAll(seat.worker().launch().listeners()));
            listeners.retain(held);
            listeners.changeBacklogs(next.listeners());
        }

        private void show(Phase phase, String before) {
            String line = describe(phase);
            if (!line.equals(shown)) {
                shown = line;
                LOG.info("{}", line);
                observe(new Transition(
                        Instant.now(),
                        settings.app(),
                        before,
                        phase.name(),
                        workers(),
                        snapshot.running().or(snapshot::last)));
            }
        }

        private String describe(Phase phase) {
            StringBuilder line = new StringBuilder("phase=").append(phase.name());
            phase.stages()
                    .forEach((id, stage) -> line.append(" upgrade=")
                            .append(id)
                            .append(" stage=")
                            .append(stage));
            for (Seat seat : phase.seats()) {
                String role = seat.role().text();
                line.append(' ').append(role).append('=').append(seat.worker().generation());
                crew.find(seat.worker().generation())
                        .ifPresent(member ->
                                line.append(" pid=").append(member.process().pid()));
            }
            return line.toString();
        }

        private void observe(Transition transition) {
            for (Consumer<Transition> observer : observers) {
                try {
                    observer.accept(transition);
                } catch (RuntimeException e) {
                    LOG.error("an observer failed", e);
                }
            }
        }

        @Override
        public void ended(int exitCode) {
            crew.close();
            reception.close();
            listeners.close();
            directory.close();
            alarms.shutdownNow();
            LOG.info("stopped exit-code={}", exitCode);
            ended.complete(exitCode);
        }
    }

    // ---- what others see and order ----

    /** Completes with the program's exit code when the last worker has gone and everything is closed. */
    public CompletionStage<Integer> ended() {
        return ended.minimalCompletionStage();
    }

    @Override
    public Status status() {
        Snapshot now = snapshot;
        return new Status(
                settings.app(),
                now.phase,
                startedAt,
                listeners.states(),
                workers(now),
                crew.handedOver(),
                crew.traffic(),
                now.restarts,
                now.running.map(this::upToNow),
                now.last);
    }

    /** How long its present stage takes already; but not its end, which belongs to the next phase. */
    private UpgradeRecord upToNow(UpgradeRecord shown) {
        return history.find(shown.id())
                .filter(latest -> latest.outcome().isEmpty())
                .orElse(shown);
    }

    private List<WorkerState> workers() {
        return workers(snapshot);
    }

    private List<WorkerState> workers(Snapshot now) {
        return now.seats.stream()
                .flatMap(seat -> crew.find(seat.worker().generation()).map(m -> m.state(seat)).stream())
                .toList();
    }

    @Override
    public UpgradeReply upgrade(UpgradeRequest request) {
        Settings next = request.settings().orElse(settings);
        Map<String, String> environment = new HashMap<>(next.environment());
        environment.putAll(request.environment());
        Request merged = new Request(
                request.command(),
                environment,
                request.directory().or(next::directory),
                Optional.of(next.listeners()),
                Optional.of(next.wrap()),
                Optional.of(Rules.of(next)),
                next.check(),
                next.warmUp(),
                next.readyAfter());
        Optional<String> conflict = listeners.conflict(next.listeners());
        if (conflict.isPresent()) {
            return new Refused(conflict.get());
        }
        return decide(
                answer -> new Event.UpgradeRequested(merged, answer),
                id -> {
                    settings = next;
                    configured = launch(next);
                    backoff = backoff(next);
                    return new UpgradeBegun(id, history.end(id).minimalCompletionStage());
                },
                Refused::new);
    }

    @Override
    public Reply rollback() {
        return decide(Event.RollbackRequested::new, Begun::new, Refused::new);
    }

    @Override
    public Reply stop() {
        return decide(Event.StopRequested::new, Begun::new, Refused::new);
    }

    @Override
    public Reply reexec() {
        // Whether now is the time is asked first, for the trial takes a while; and once more after it.
        Reply reply = decide(answer -> new Event.ReexecRequested(answer, false), Begun::new, Refused::new);
        if (reply instanceof Refused) {
            return reply;
        }
        try {
            Successor next = Successor.ofThisProcess();
            Optional<String> refusal = next.refusal();
            if (refusal.isPresent()) {
                LOG.warn("reexec refused: {}", refusal.get());
                return new Refused(refusal.get());
            }
            successor = next;
        } catch (IOException e) {
            return new Refused("the new program could not be tried: " + e.getMessage());
        }
        alarms.schedule(
                () -> lifecycle.post(new Event.ReexecRequested(UNHEARD, true)), SOON.toMillis(), TimeUnit.MILLISECONDS);
        return reply;
    }

    /** Whoever asked has been answered. */
    private static final Answer UNHEARD = new Answer() {
        @Override
        public void granted(long upgrade) {
            // Only where it has failed, which has been said.
        }

        @Override
        public void refused(String reason) {
            LOG.warn("reexec given up: {}", reason);
        }
    };

    /** Sends an order, and waits for the decision. */
    private <R> R decide(Function<Answer, Event> order, Function<Long, R> granted, Function<String, R> refused) {
        CompletableFuture<R> decision = new CompletableFuture<>();
        lifecycle.post(order.apply(new Answer() {
            @Override
            public void granted(long upgrade) {
                decision.complete(granted.apply(upgrade));
            }

            @Override
            public void refused(String reason) {
                decision.complete(refused.apply(reason));
            }

            @Override
            public void failed(Throwable bug) {
                decision.completeExceptionally(bug);
            }
        }));
        try {
            return decision.get(DECISION.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return refused.apply("the supervisor did not decide: " + e + ": see its status and its log");
        } catch (ExecutionException e) {
            throw new IllegalStateException("the order was met by a bug, and nothing was done", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return refused.apply("interrupted before the supervisor had decided: see its status");
        }
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
