package dev.baton.supervisor;

import dev.baton.handover.Fd;
import dev.baton.handover.HandoverChannel;
import dev.baton.handover.Libc;
import dev.baton.handover.Message;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
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

    /** How long a worker may be without its channel. The kit tries four times a second. */
    private static final Duration RECONNECT = Duration.ofSeconds(2);

    /** How long the last words of a dead worker are waited for: whoever has inherited its output may never close it. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(1);

    private final Supplier<Settings> settings;
    private final ListenerSet listeners;
    private final RuntimeDirectory directory;
    private final Admission admission;
    private final Output output;
    private final History history;
    private final Lifecycle lifecycle;
    private final ScheduledExecutorService alarms;
    private final Alarms timers;
    private final Members members;
    private final ClassArchives archives = new ClassArchives();
    private final Housekeeping housekeeping;
    private final Spawner spawner;
    private final Inheritors inheritors;
    private final CoreDumps coreDumps;

    Crew(
            Members members,
            Supplier<Settings> settings,
            ListenerSet listeners,
            RuntimeDirectory directory,
            Admission admission,
            Output output,
            History history,
            Lifecycle lifecycle,
            ScheduledExecutorService alarms) {
        this.members = members;
        this.settings = settings;
        this.listeners = listeners;
        this.directory = directory;
        this.admission = admission;
        this.output = output;
        this.history = history;
        this.lifecycle = lifecycle;
        this.alarms = alarms;
        this.timers = new Alarms(alarms, System::nanoTime, this::extension);
        this.housekeeping = new Housekeeping(archives, alarms);
        this.spawner = new Spawner(settings, listeners, directory, archives, output);
        this.inheritors = new Inheritors(directory, lifecycle, alarms, this::goodbye);
        this.coreDumps = new CoreDumps(members, this::onCoreDump, alarms);
    }

    private Optional<Member> find(int generation) {
        return members.find(generation);
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
            Program program = spawner.program(worker);
            listeners.bind(worker.launch().listeners());
            directory.goOnLettingPass(); // and not only after this step: it may come quickly
            if (worker.launch().inherits()) {
                notify = Optional.of(inheritors.notifySocket(generation));
            }
            WorkerProcess process = admission.expect(generation, token -> {
                WorkerProcess started = spawner.start(worker, program, token);
                members.add(member(worker, started, token, Instant.now()));
                return started;
            });
            LOG.info("spawned generation={} pid={} command={}", generation, process.pid(), program.command());
            Member member = find(generation).orElseThrow();
            if (notify.isPresent()) {
                inheritors.attendTo(member, notify.get());
            }
            onExit(member);
        } catch (IOException | StartException | RuntimeException | Error e) { // or nobody would hear that there is none
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
        members.add(member);
        member.precedence().stepForward(); // the one who would have seen to it is gone
        if (recorded.stopping()) {
            member.beginStop();
        }
        if (recorded.leaving()) {
            goodbye(member);
        }
        admission.expect(generation, recorded.token(), process.get());
        if (inherits) {
            inheritors.attendTo(member, inheritors.notifySocket(generation));
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

    private void onExit(Member member) {
        WorkerProcess process = member.process();
        process.exit().thenAcceptAsync(exit -> onExit(member, exit), alarms);
        process.crash().thenRun(coreDumps::watch);
        coreDumps.watch();
    }

    /** Whether there is any in which nothing of ours runs. */
    boolean hasInheritors() {
        return members.anyInherits();
    }

    /** It serves, and nothing else is going on. */
    void serves(int generation) {
        housekeeping.serves(generation);
    }

    /** Nobody is started any more. */
    void close() {
        archives.close();
    }

    /**
     * An exit is told when all that the worker has said and printed before it has been heard. Whatever it left behind
     * is killed first: that also ends what could hold its output open.
     */
    private void onExit(Member member, Exit exit) {
        WorkerProcess process = member.process();
        process.killRest();
        if (member.beginEnd()) {
            ended(member, exit, CompletableFuture.allOf(process.output(), member.heard()));
        } else {
            coreDumps.written();
            LOG.info(
                    "generation={} pid={} {}: its core has been written",
                    member.worker().generation(),
                    process.pid(),
                    exit);
        }
    }

    /** It is dead, and holds what it prints to open: nobody waits for that. */
    private void onCoreDump(Member member) {
        if (member.beginEnd()) {
            ended(member, Exit.dumpsCore(), CompletableFuture.completedFuture(null));
        }
    }

    private void ended(Member member, Exit exit, CompletableFuture<Void> lastWords) {
        int generation = member.worker().generation();
        WorkerProcess process = member.process();
        admission.forget(generation);
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
        if (!member.beginLeave()) {
            return;
        }
        lifecycle.save();
        Duration killAfter = settings.get().killAfter();
        arm(new Timer("goodbye", member.worker()), settings.get().drain().plus(killAfter), () -> {
            member.process().signal(Signal.TERM);
            arm(new Timer("kill"), killAfter, () -> member.process().signal(Signal.KILL));
        });
    }

    /** Has a timer ring after a while, and after the time that its worker has asked for since: EXTEND_TIMEOUT_USEC. */
    void arm(Timer timer, Duration after, Runnable ring) {
        timers.arm(timer, after, ring);
    }

    /** How much longer this one is to be waited for. */
    private Duration extension(Timer timer) {
        return timer.generation().isEmpty()
                ? Duration.ZERO
                : find(timer.generation().getAsInt())
                        .map(member -> member.extension(timer.since()))
                        .orElse(Duration.ZERO);
    }

    /** Its exit has been dealt with. */
    void forget(int generation) {
        archives.forget(generation);
        members.remove(generation).map(Member::channel).ifPresent(HandoverChannel::close);
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

    /**
     * It has no channel. That is news only where it does not come back: a healthy worker is not to be given up, nor one
     * that drains to be cut short, because one frame went wrong.
     */
    void away(Member member, String why) {
        int meetings = member.meetings();
        Runnable lost =
                () -> lifecycle.post(new Event.ChannelLost(member.worker().generation(), why));
        arm(new Timer("reconnect"), RECONNECT, () -> member.unlessMetSince(meetings, lost));
    }

    private boolean send(int generation, Message message, List<Fd> fds) {
        Optional<Member> inheritor = find(generation).filter(Member::inherits);
        if (inheritor.isPresent()) {
            inheritors.standInFor(inheritor.get(), message, listeners(generation));
            return false;
        }
        if (message instanceof Message.Accept) {
            find(generation).ifPresent(member -> member.warming(false));
        }
        HandoverChannel channel = find(generation).map(Member::channel).orElse(null);
        if (channel == null) {
            find(generation).ifPresent(member -> away(member, "it has none"));
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
                members.servedByLiving(),
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

    /** Is killed before whoever serves, where memory runs out. */
    void giveWay(int generation) {
        find(generation).ifPresent(member -> member.precedence().giveWay());
    }

    void signal(int generation, Signal signal) {
        find(generation).ifPresent(member -> member.process().signal(signal));
    }
}
