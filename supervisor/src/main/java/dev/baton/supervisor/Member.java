package dev.baton.supervisor;

import dev.baton.handover.HandoverChannel;
import dev.baton.handover.Message;
import dev.baton.handover.Traffic;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A worker that lives: its process, its channel if it has one, and what it has said of itself.
 *
 * <p>Threading: any.
 */
final class Member {
    private final Worker worker;
    private final WorkerProcess process;
    private final String token;
    private final Instant startedAt;
    private final Precedence precedence;
    private final Map<String, String> bound = new ConcurrentHashMap<>();
    private volatile Message.Progress progress = new Message.Progress(0, 0, 0);
    private volatile Traffic traffic = Traffic.NONE;
    private HandoverChannel channel;
    private int meetings;
    private CompletableFuture<Void> heard = CompletableFuture.completedFuture(null);
    private final CompletableFuture<Void> met = new CompletableFuture<>();
    private final CompletableFuture<Void> counted = new CompletableFuture<>();
    private volatile boolean attaches;
    private volatile boolean warming;
    private volatile Optional<String> text = Optional.empty();
    private volatile List<String> unsupervised = List.of();
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final AtomicBoolean leaving = new AtomicBoolean();
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile Optional<Extension> extension = Optional.empty();

    private record Extension(long at, Duration by) {}

    Member(Worker worker, WorkerProcess process, String token, Instant startedAt, Precedence precedence) {
        this.worker = worker;
        this.process = process;
        this.token = token;
        this.startedAt = startedAt;
        this.precedence = precedence;
    }

    Worker worker() {
        return worker;
    }

    WorkerProcess process() {
        return process;
    }

    Precedence precedence() {
        return precedence;
    }

    /** Its channel, or {@code null}. */
    synchronized HandoverChannel channel() {
        return channel;
    }

    /** Completes when all that came over its last channel has been heard. */
    synchronized CompletableFuture<Void> heard() {
        return heard;
    }

    /** Takes a channel in the place of the present one, which is closed and no loss. */
    void attach(HandoverChannel fresh, CompletableFuture<Void> untilHeard) {
        HandoverChannel old;
        synchronized (this) {
            old = channel;
            channel = fresh;
            heard = untilHeard;
            meetings++;
        }
        if (old != null) {
            old.close();
        }
        attaches = true;
        met.complete(null);
    }

    /** It has said hello to another supervisor, and is to come again. */
    void expectBack() {
        attaches = true;
    }

    /** Whether the sockets that it has inherited are all that is between us: it has never said hello. */
    boolean inherits() {
        return worker.launch().inherits() && !attaches;
    }

    /** What it says of itself, in a line of its own. */
    void text(String latest) {
        text = Optional.of(latest);
    }

    /** It asks for more time, from now on. */
    void extend(Duration by) {
        extension = Optional.of(new Extension(System.nanoTime(), by));
    }

    /** How much of it is left, where it was asked for since then: zero or more. */
    Duration extension(long since) {
        return extension
                .filter(asked -> asked.at - since >= 0)
                .map(asked -> asked.by.minusNanos(System.nanoTime() - asked.at))
                .filter(left -> !left.isNegative())
                .orElse(Duration.ZERO);
    }

    /** @return false if that was begun before */
    boolean beginStop() {
        return stopping.compareAndSet(false, true);
    }

    /** @return false if it has said so before */
    boolean beginLeave() {
        return leaving.compareAndSet(false, true);
    }

    /** Whether it has said that it leaves: it tells nothing more, and does not come to another supervisor. */
    boolean isLeaving() {
        return leaving.get();
    }

    /** @return false if its end was seen before */
    boolean beginEnd() {
        return ended.compareAndSet(false, true);
    }

    /** Whether it is dead, though its process may still be there: see {@link CoreDumps}. */
    boolean hasEnded() {
        return ended.get();
    }

    void warming(boolean now) {
        warming = now;
    }

    /** Whether a warm-up is under way that is still wanted. */
    boolean isWarming() {
        return warming;
    }

    /** Completes when it has had a channel for the first time. */
    CompletableFuture<Void> met() {
        return met;
    }

    /** What another supervisor must know of it. */
    State.LivingWorker recorded() {
        return new State.LivingWorker(
                worker, process.identity(), token, startedAt, attaches, stopping.get(), leaving.get());
    }

    /** Gives the channel up, unless it has been replaced meanwhile: then that was no loss. */
    synchronized boolean detach(HandoverChannel lost) {
        boolean current = channel == lost;
        if (current) {
            channel = null;
        }
        return current;
    }

    /** How often it has had a channel. */
    synchronized int meetings() {
        return meetings;
    }

    /** Does that, unless it has come back meanwhile; and if it comes now, then before it has. */
    synchronized void unlessMetSince(int then, Runnable action) {
        if (meetings == then) {
            action.run();
        }
    }

    void bound(String listener, String privateAddress) {
        bound.put(listener, privateAddress);
    }

    void unsupervised(List<String> addresses) {
        unsupervised = addresses;
    }

    /** Where it says that it can be reached while it is not to accept. */
    Optional<String> privateAddress(String listener) {
        return Optional.ofNullable(bound.get(listener));
    }

    /** Which of these it has not bound. */
    List<String> missing(List<String> listeners) {
        return listeners.stream().filter(name -> !bound.containsKey(name)).toList();
    }

    void progress(Message.Progress latest) {
        progress = latest;
    }

    /** What it says to have served so far. */
    void traffic(Traffic now) {
        traffic = now;
        counted.complete(null);
    }

    /** Completes when it has said for the first time what it has served. */
    CompletableFuture<Void> counted() {
        return counted;
    }

    Traffic traffic() {
        return traffic;
    }

    long handedOver() {
        return progress.handedOver();
    }

    Status.WorkerState state(Seat seat) {
        Message.Progress now = progress;
        return new Status.WorkerState(
                worker.generation(),
                seat.role(),
                seat.accepting(),
                process.pid(),
                startedAt,
                worker.launch().command(),
                now.active(),
                now.idle(),
                now.handedOver(),
                !inherits(),
                text,
                unsupervised,
                traffic);
    }
}
