package dev.baton.supervisor;

import dev.baton.handover.Fd;
import dev.baton.handover.HandoverChannel;
import dev.baton.handover.Libc;
import dev.baton.handover.Message;
import dev.baton.handover.Traffic;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The living workers: spawns them, speaks to them, signals them, and sees them go.
 *
 * <p>Threading: the lifecycle's thread gives the orders; none of them waits for a worker, but for the moment that a
 * frame takes into a socket's buffer.
 */
final class Crew {
    private static final Logger LOG = LoggerFactory.getLogger(Crew.class);
    private static final Duration SEND = Duration.ofSeconds(1);

    /** Until a worker that serves has loaded most of its classes, and nobody waits for anything any more. */
    private static final Duration SETTLED = Duration.ofSeconds(5);

    /** How long the last words of a dead worker are waited for: whoever has inherited its output may never close it. */
    private static final Duration LAST_WORDS = Duration.ofMillis(250);

    private final Supplier<Settings> settings;
    private final ListenerSet listeners;
    private final RuntimeDirectory directory;
    private final Admission admission;
    private final Output output;
    private final History history;
    private final Lifecycle lifecycle;
    private final ScheduledExecutorService alarms;
    private final ClassArchives archives = new ClassArchives();
    private final Map<Integer, Member> members = new ConcurrentHashMap<>();
    private Future<?> resting;
    private long handedOverByGone;
    private Traffic servedByGone = Traffic.NONE;

    Crew(
            Supplier<Settings> settings,
            ListenerSet listeners,
            RuntimeDirectory directory,
            Admission admission,
            Output output,
            History history,
            Lifecycle lifecycle,
            ScheduledExecutorService alarms) {
        this.settings = settings;
        this.listeners = listeners;
        this.directory = directory;
        this.admission = admission;
        this.output = output;
        this.history = history;
        this.lifecycle = lifecycle;
        this.alarms = alarms;
    }

    Optional<Member> find(int generation) {
        return Optional.ofNullable(members.get(generation));
    }

    /** What a worker was given, and can be given again. */
    List<PublicListener> listeners(int generation) {
        return find(generation)
                .map(member -> listeners.of(member.worker().launch().listeners()))
                .orElse(List.of());
    }

    // ---- birth and death ----

    void spawn(Worker worker) {
        int generation = worker.generation();
        Optional<NotifySocket> notify = Optional.empty();
        try {
            Program program = program(worker);
            listeners.bind(worker.launch().listeners());
            if (worker.launch().inherits()) {
                notify = Optional.of(notifySocket(generation)); // it may speak at once
            }
            int uid = Identity.ofWorkers(settings.get().user());
            WorkerProcess process = admission.expect(generation, token -> {
                WorkerProcess started = startInSmallSlices(worker, program, token, uid);
                members.put(generation, member(worker, started, token, Instant.now()));
                return started;
            });
            LOG.info("spawned generation={} pid={} command={}", generation, process.pid(), program.command());
            Member member = members.get(generation);
            if (notify.isPresent()) {
                attendTo(member, notify.get());
            }
            onExit(member);
        } catch (IOException | StartException | RuntimeException e) {
            notify.ifPresent(NotifySocket::close);
            LOG.warn("generation={} could not be started: {}", generation, e.getMessage());
            find(generation).ifPresentOrElse(member -> kill(member, e.getMessage()), () -> {
                directory.sweepAfter(generation);
                lifecycle.post(new Event.Exited(generation, Exit.notStarted(e.getMessage())));
            });
        }
    }

    /** One that runs and cannot be attended to. */
    private void kill(Member member, String why) {
        member.process().remark(why);
        member.process().signal(Signal.KILL);
        onExit(member);
    }

    private Member member(Worker worker, WorkerProcess process, String token, Instant startedAt) {
        Precedence precedence = new Precedence(process.pid(), process::isAlive, alarms);
        return new Member(worker, process, token, startedAt, precedence);
    }

    private WorkerProcess startInSmallSlices(Worker worker, Program program, String token, int uid) throws IOException {
        TimeSlice slice = TimeSlice.shorten();
        try {
            return start(worker, program, token, uid);
        } catch (IOException e) {
            Orphans.with(token, directory.handover()).kill(); // it may run, and nobody watches it
            throw e;
        } finally {
            slice.restore();
        }
    }

    private WorkerProcess start(Worker worker, Program program, String token, int uid) throws IOException {
        int generation = worker.generation();
        Map<String, String> environment = environment(worker, token);
        if (!worker.launch().inherits()) {
            return SpawnedProcess.start(generation, program, environment, uid, output);
        }
        environment.put("NOTIFY_SOCKET", directory.notifySocket(generation).toString());
        return InheritingProcess.start(
                generation,
                program,
                environment,
                uid,
                listeners.of(worker.launch().listeners()),
                output);
    }

    /**
     * Takes a worker of another supervisor back, if its process lives.
     *
     * @param reading where what it prints comes out, if that is known
     * @return empty where it is dead
     */
    Optional<Member> adopt(State.LivingWorker recorded, List<Fd> reading) throws IOException {
        int generation = recorded.worker().generation();
        boolean inherits = recorded.worker().launch().inherits() && !recorded.met();
        List<Fd> known = inherits && reading.isEmpty()
                ? InheritingProcess.output(recorded.process().pid())
                : reading;
        Optional<AdoptedProcess> process = AdoptedProcess.find(generation, recorded.process(), known, output);
        if (process.isEmpty()) {
            LOG.info(
                    "generation={} pid={} has died with its supervisor",
                    generation,
                    recorded.process().pid());
            return Optional.empty();
        }
        Member member = member(recorded.worker(), process.get(), recorded.token(), recorded.startedAt());
        members.put(generation, member);
        member.precedence().stepForward(); // the one who would have seen to it is gone
        admission.expect(generation, recorded.token(), process.get());
        if (inherits) {
            attendTo(member, notifySocket(generation));
        } else {
            member.expectBack();
        }
        onExit(member);
        return Optional.of(member);
    }

    /** Lets it print to us, if it printed to a supervisor that has died. */
    void mendOutput(int generation, HandoverChannel channel) throws IOException {
        if (find(generation).map(Member::process).orElse(null) instanceof AdoptedProcess adopted) {
            List<Fd> ends = adopted.outputEnds();
            if (!ends.isEmpty()) {
                channel.send(new Message.Output(), ends, SEND);
                adopted.closeOutput();
            }
        }
    }

    /** What another supervisor must know of those that live. */
    List<State.LivingWorker> recorded() {
        return members.values().stream().map(Member::recorded).toList();
    }

    /** Where what they print comes out, by generation. */
    Map<Integer, List<Fd>> reading() {
        Map<Integer, List<Fd>> reading = new HashMap<>();
        members.forEach((generation, member) -> {
            if (!member.process().reading().isEmpty()) {
                reading.put(generation, member.process().reading());
            }
        });
        return reading;
    }

    private void onExit(Member member) {
        member.process().exit().thenAcceptAsync(exit -> onExit(member, exit), alarms);
    }

    private Program program(Worker worker) throws IOException {
        Launch launch = worker.launch();
        Settings now = settings.get();
        if (now.user().isPresent()) {
            return new OtherUser(now.user().get()).program(launch, directory.agent());
        }
        Program program = Program.of(launch, System.getenv()).wrapped(launch, directory.agent());
        return now.cache()
                .map(cache -> archives.prepare(cache, worker.generation(), program))
                .orElse(program);
    }

    /** It serves, and nothing else is going on. */
    void serves(int generation) {
        archives.take(generation).ifPresent(this::archiveSoon);
        archives.takeOwn().ifPresent(this::archiveSoon);
        if (resting == null || resting.isDone()) { // each event while it serves comes here
            resting = whenSettled(Crew::rest);
        }
    }

    /** Lets go of the memory that only a start or an upgrade needs, docs/cost.md. */
    private static void rest() {
        Libc.trimHeap();
        MappedFiles.letGo();
    }

    private void archiveSoon(ClassRecording recording) {
        whenSettled(() -> archives.make(recording));
    }

    private Future<?> whenSettled(Runnable work) {
        return alarms.schedule(work, SETTLED.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Nobody is started any more. */
    void close() {
        archives.close();
    }

    private Map<String, String> environment(Worker worker, String token) {
        Map<String, String> environment = new HashMap<>();
        environment.put("BATON_HANDOVER", directory.handover().toAbsolutePath().toString());
        environment.put("BATON_TOKEN", token);
        environment.put("BATON_GENERATION", Integer.toString(worker.generation()));
        environment.put(
                "BATON_LISTENERS",
                listeners.of(worker.launch().listeners()).stream()
                        .map(listener -> listener.spec().toString())
                        .collect(Collectors.joining("\n")));
        return environment;
    }

    /**
     * An exit is told when all that the worker has said and printed before it has been heard. Whatever it left behind
     * is killed first: that also ends what could hold its output open.
     */
    private void onExit(Member member, Exit exit) {
        int generation = member.worker().generation();
        WorkerProcess process = member.process();
        admission.forget(generation);
        process.killRest();
        CompletableFuture<Void> lastWords = CompletableFuture.allOf(process.output(), member.heard());
        lastWords.thenRun(() -> {
            LOG.info("exited generation={} pid={} {}", generation, process.pid(), exit);
            history.exited(generation, process.lastLines());
            directory.sweepAfter(generation);
            lifecycle.post(new Event.Exited(generation, exit));
        });
        alarms.schedule(() -> lastWords.complete(null), LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * A worker leaves by its own decision: it has closed its listeners, and its exit is what the lifecycle hears of
     * it. One that has not gone when a drain would be over is helped, or nobody would serve for ever.
     */
    void goodbye(Member member) {
        Duration killAfter = settings.get().killAfter();
        arm(new Timer("goodbye", member.worker()), settings.get().drain().plus(killAfter), () -> {
            member.process().signal(Signal.TERM);
            arm(new Timer("kill"), killAfter, () -> member.process().signal(Signal.KILL));
        });
    }

    /** Has a timer ring after a while, and after the time that its worker has asked for since: EXTEND_TIMEOUT_USEC. */
    void arm(Timer timer, Duration after, Runnable ring) {
        Runnable due = () -> {
            Duration more = extension(timer);
            if (more.isZero()) {
                ring.run();
            } else {
                arm(timer, more, ring);
            }
        };
        alarms.schedule(due, after.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Its exit has been dealt with. */
    void forget(int generation) {
        archives.forget(generation);
        Member member = leave(generation);
        HandoverChannel channel = member == null ? null : member.channel();
        if (channel != null) {
            channel.close();
        }
    }

    private Member leave(int generation) {
        synchronized (members) {
            Member member = members.remove(generation);
            if (member != null) {
                handedOverByGone += member.handedOver();
                servedByGone = servedByGone.plus(member.traffic());
            }
            return member;
        }
    }

    /** Goes on from what workers of a supervisor before had counted and gone. */
    void restore(Totals before) {
        synchronized (members) {
            handedOverByGone = before.handedOver();
            servedByGone = before.served();
        }
    }

    /** These, and what those workers have counted that have gone by now. */
    Totals totals(UpgradeTotals upgrades, long restarts) {
        synchronized (members) {
            return new Totals(handedOverByGone, servedByGone, upgrades, restarts);
        }
    }

    /** Connections that workers have handed on, whether they are here or have gone. */
    long handedOver() {
        synchronized (members) {
            return handedOverByGone
                    + members.values().stream().mapToLong(Member::handedOver).sum();
        }
    }

    /** What workers have served, whether they are here or have gone. */
    Traffic traffic() {
        synchronized (members) {
            return servedByGone.plus(servedByLiving());
        }
    }

    /** What the workers that are here have served; a candidate has served nobody. */
    private Traffic servedByLiving() {
        return members.values().stream().map(Member::traffic).reduce(Traffic.NONE, Traffic::plus);
    }

    // ---- those that have inherited their sockets ----

    private NotifySocket notifySocket(int generation) throws IOException {
        Path path = directory.notifySocket(generation);
        NotifySocket socket = NotifySocket.open(generation, path);
        directory.giveToWorkers(path);
        return socket;
    }

    private void attendTo(Member member, NotifySocket notify) throws IOException {
        Optional<Fd> process = Libc.openProcess(member.process().pid());
        ProcessIdentity identity = member.process().identity();
        if (process.isPresent()) {
            notify.hear(process.get(), identity, line -> notified(member, line));
        } else {
            notify.close();
        }
        member.worker()
                .launch()
                .readyAfter()
                .ifPresent(
                        after -> alarms.schedule(() -> readyIfAlive(member), after.toMillis(), TimeUnit.MILLISECONDS));
    }

    /** It may have ended and not been reported yet: its last words are still being heard. */
    private void readyIfAlive(Member member) {
        if (member.process().isAlive()) {
            readyUnlessAttached(member);
        }
    }

    private void notified(Member member, NotifySocket.Line line) {
        switch (line.name()) {
            case "READY" -> {
                if (line.value().equals("1")) {
                    readyUnlessAttached(member);
                }
            }
            case "STATUS" -> member.text(line.value());
            case "STOPPING" -> {
                if (line.value().equals("1")) {
                    LOG.info(
                            "stopping generation={} pid={}",
                            member.worker().generation(),
                            member.process().pid());
                    goodbye(member);
                }
            }
            case "EXTEND_TIMEOUT_USEC" -> extend(member, line.value());
            default -> LOG.debug("notified generation={} {}", member.worker().generation(), line);
        }
    }

    /** A time that began already is made longer, never shorter. */
    private void extend(Member member, String micros) {
        int generation = member.worker().generation();
        try {
            long most = TimeUnit.MILLISECONDS.toMicros(Message.LONGEST_DEADLINE);
            Duration by = Duration.of(Math.max(0, Math.min(most, Long.parseLong(micros))), ChronoUnit.MICROS);
            LOG.info("extends generation={} by={}ms", generation, by.toMillis());
            member.extend(by);
        } catch (NumberFormatException e) {
            LOG.warn("generation={} wants EXTEND_TIMEOUT_USEC={}, which is no number", generation, micros);
        }
    }

    /** How much longer this one is to be waited for. */
    private Duration extension(Timer timer) {
        return timer.generation().isEmpty()
                ? Duration.ZERO
                : find(timer.generation().getAsInt())
                        .map(member -> member.extension(timer.since()))
                        .orElse(Duration.ZERO);
    }

    /** The word of a program that uses the kit is another one. */
    private void readyUnlessAttached(Member member) {
        if (member.inherits()) {
            lifecycle.post(new Event.Ready(member.worker().generation(), List.of()));
        }
    }

    /**
     * What there is to be done about a message to a worker in which nothing of ours runs. It accepts from its start to
     * its end, and its end is the one thing that can be asked for.
     */
    private void standInFor(Member member, Message message) {
        int generation = member.worker().generation();
        if (message instanceof Message.Accept) {
            listeners(generation).forEach(listener -> listener.mendBlocking(generation));
            lifecycle.post(new Event.Accepting(generation));
        } else if (message instanceof Message.Park) {
            lifecycle.post(new Event.Unparkable(generation));
        } else if (message instanceof Message.Drain && member.beginStop()) {
            member.process().signal(settings.get().stopSignal());
        }
    }

    // ---- orders ----

    void tell(int generation, Message message) {
        send(generation, message, List.of());
    }

    /** The two ends of the socket over which connections move are these two workers' alone: ours are closed. */
    void drain(int generation, Duration deadline, OptionalInt successor) {
        Message.Drain drain = new Message.Drain(deadline);
        if (successor.isEmpty() || !isConnected(generation) || !isConnected(successor.getAsInt())) {
            send(generation, drain, List.of());
            return;
        }
        try {
            Fd[] pair = Libc.socketPair();
            try (Fd giving = pair[0];
                    Fd taking = pair[1]) {
                boolean adopts = send(successor.getAsInt(), new Message.Adopt(), List.of(taking));
                send(generation, drain, adopts ? List.of(giving) : List.of());
            }
        } catch (IOException e) {
            LOG.warn("generation={} drains without a successor: {}", generation, e.getMessage());
            send(generation, drain, List.of());
        }
    }

    private boolean isConnected(int generation) {
        return find(generation).map(Member::channel).isPresent();
    }

    private boolean send(int generation, Message message, List<Fd> fds) {
        Optional<Member> inheritor = find(generation).filter(Member::inherits);
        if (inheritor.isPresent()) {
            standInFor(inheritor.get(), message);
            return false;
        }
        if (message instanceof Message.Accept) {
            find(generation).ifPresent(member -> member.warming(false));
        }
        HandoverChannel channel = find(generation).map(Member::channel).orElse(null);
        if (channel == null) {
            lifecycle.post(new Event.ChannelLost(generation, "it has none"));
            return false;
        }
        try {
            channel.send(message, fds, SEND);
            LOG.debug("told generation={} {}", generation, message);
            return true;
        } catch (IOException e) {
            LOG.warn("generation={} could not be told {}: {}", generation, message, e.getMessage());
            channel.close(); // whoever hears it then tells of the loss
            return false;
        }
    }

    /** Asks once, at its private address or at the public one, where nobody else accepts. */
    void ask(int generation, Check check, Inquiry.Where where) {
        if (where == Inquiry.Where.PRIVATE
                && find(generation).filter(Member::inherits).isPresent()) {
            // It has no address of its own: it is asked once the others do not accept any more, while it bakes.
            lifecycle.post(new Event.Checked(generation, Optional.empty()));
            return;
        }
        Optional<String> address = where == Inquiry.Where.PRIVATE
                ? find(generation).flatMap(member -> member.privateAddress(check.listener()))
                : listeners(generation).stream()
                        .filter(listener -> listener.spec().name().equals(check.listener()))
                        .map(listener -> listener.spec().address().text())
                        .findFirst();
        address.ifPresentOrElse(
                text -> Questioner.ask(
                        check, text, where, failure -> lifecycle.post(new Event.Checked(generation, failure))),
                () -> lifecycle.post(new Event.Checked(
                        generation,
                        Optional.of("it was given no listener " + check.listener() + ": see [ready].check"))));
    }

    /** Sends a warm-up to its private address as long as it is not to accept, and tells how that went. */
    void warm(int generation, WarmUp warmUp) {
        Optional<Member> member = find(generation).filter(m -> !m.inherits());
        Optional<String> address = member.flatMap(m -> m.privateAddress(warmUp.listener()));
        if (address.isEmpty()) {
            String why = "it has no private address for listener " + warmUp.listener();
            warmed(generation, Warmth.none(Warmth.End.IMPOSSIBLE, why));
            return;
        }
        member.get().warming(true);
        Warmer.warm(
                warmUp,
                servedByLiving(),
                member.get().process().pid(),
                address.get(),
                () -> find(generation).filter(Member::isWarming).isPresent(),
                warmth -> warmed(generation, warmth));
    }

    private void warmed(int generation, Warmth warmth) {
        if (warmth.isTroubled()) {
            LOG.warn("warm-up generation={} {}", generation, warmth);
        } else {
            LOG.info("warm-up generation={} {}", generation, warmth);
        }
        history.warmed(generation, warmth);
        lifecycle.post(new Event.Warmed(generation));
    }

    /** Leaves the processors to whoever serves, where they are short, for no longer than this. */
    void stepBack(int generation, Duration atMost) {
        find(generation).ifPresent(member -> member.precedence().stepBack(atMost));
    }

    void stepForward(int generation) {
        find(generation).ifPresent(member -> member.precedence().stepForward());
    }

    void signal(int generation, Signal signal) {
        find(generation).ifPresent(member -> member.process().signal(signal));
    }
}
