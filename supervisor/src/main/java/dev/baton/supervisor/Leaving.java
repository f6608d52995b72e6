package dev.baton.supervisor;

import dev.baton.supervisor.Status.Role;
import dev.baton.supervisor.Upgrade.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A worker on its way out: it drains, is left a moment to go by itself, is terminated, is killed. Only its exit, once
 * observed, ends this; and with it the upgrade that waits for it, if one does.
 *
 * @param deadline of its drain
 * @param successor the generation that takes its connections over
 */
record Leaving(
        Worker worker,
        Role role,
        Stage stage,
        Timer timer,
        Duration deadline,
        OptionalInt successor,
        Optional<Verdict> verdict) {
    /**
     * What the worker gets beyond its drain's deadline: it closes by itself what is left then (JettyConnections
     * takes a second for what cannot be ended), and its word of that must not cross our SIGTERM.
     */
    static final Duration COURTESY = Duration.ofSeconds(3);

    /**
     * How long one goes on accepting that is to drain and that nobody comes after: what waits in its queue is accepted
     * by then, and handshakes that had begun have come to their end.
     */
    static final Duration LAST_ORDERS = Duration.ofMillis(200);

    enum Stage {
        ACCEPTING,
        DRAINING,
        EXITING,
        TERMINATED,
        KILLED
    }

    /** One that has served, and may finish what it has. */
    static Leaving drain(Worker worker, Duration deadline, Optional<Worker> successor, Optional<Verdict> verdict) {
        OptionalInt heir =
                successor.isPresent() ? OptionalInt.of(successor.get().generation()) : OptionalInt.empty();
        Timer timer = new Timer("drain", worker);
        return new Leaving(worker, Role.RETIRING, Stage.DRAINING, timer, deadline, heir, verdict);
    }

    /** One that has served, but does not answer. */
    static Leaving terminate(Worker worker, Optional<Verdict> verdict) {
        return new Leaving(
                worker,
                Role.RETIRING,
                Stage.TERMINATED,
                new Timer("kill"),
                Duration.ZERO,
                OptionalInt.empty(),
                verdict);
    }

    /** A candidate that never served. */
    static Leaving condemn(Worker worker, Optional<Verdict> verdict) {
        return new Leaving(
                worker,
                Role.CANDIDATE,
                Stage.TERMINATED,
                new Timer("kill"),
                Duration.ZERO,
                OptionalInt.empty(),
                verdict);
    }

    /** The same, once it has accepted who waits. */
    Leaving acceptingFirst() {
        return stage == Stage.DRAINING ? at(Stage.ACCEPTING) : this;
    }

    boolean is(int generation) {
        return worker.is(generation);
    }

    boolean waitsFor(Timer other) {
        return timer == other;
    }

    /** Nothing is left on it: it may go by itself. */
    Leaving drained() {
        return stage == Stage.DRAINING ? at(Stage.EXITING) : this;
    }

    /** Its time is over. */
    Leaving late() {
        return switch (stage) {
            case ACCEPTING -> at(Stage.DRAINING);
            case DRAINING, EXITING -> at(Stage.TERMINATED);
            case TERMINATED, KILLED -> at(Stage.KILLED);
        };
    }

    /** Somebody does not want to wait any more. */
    Leaving pushed() {
        return stage == Stage.ACCEPTING ? at(Stage.TERMINATED) : late();
    }

    /**
     * It cannot be told to drain any more, nor say when it has: SIGTERM is the one message left, and an orderly stop
     * to most programs.
     */
    Leaving lost() {
        return stage == Stage.ACCEPTING || stage == Stage.DRAINING ? at(Stage.TERMINATED) : this;
    }

    /** Somebody waits for its end. */
    Leaving hurried(Duration hurry) {
        return stage == Stage.DRAINING && hurry.compareTo(deadline) < 0
                ? new Leaving(worker, role, stage, new Timer("drain"), hurry, OptionalInt.empty(), verdict)
                : this;
    }

    /** Another one serves than the one that was to take its connections over. */
    Leaving succeededBy(Worker next) {
        return new Leaving(worker, role, stage, timer, deadline, OptionalInt.of(next.generation()), verdict);
    }

    private Leaving at(Stage next) {
        return new Leaving(worker, role, next, timer(next, worker), deadline, successor, verdict);
    }

    /** By which that stage ends. */
    static Timer timer(Stage stage, Worker worker) {
        return switch (stage) {
            case ACCEPTING -> new Timer("last-orders");
            case DRAINING -> new Timer("drain", worker);
            case EXITING, TERMINATED, KILLED -> new Timer("kill");
        };
    }

    /** What is to be done on entering this stage. */
    List<Action> orders(Rules rules) {
        return switch (stage) {
            case ACCEPTING -> List.of(new Action.Arm(timer, LAST_ORDERS));
            case DRAINING -> drainingOrders();
            case EXITING -> List.of(new Action.Arm(timer, rules.killAfter()));
            case TERMINATED -> List.of(new Action.Send(worker, Signal.TERM), new Action.Arm(timer, rules.killAfter()));
            case KILLED -> List.of(new Action.Send(worker, Signal.KILL));
        };
    }

    private List<Action> drainingOrders() {
        Action drain = new Action.Drain(worker, deadline, successor);
        Action arm = new Action.Arm(timer, deadline.plus(COURTESY));
        return successor.isEmpty() ? List.of(drain, arm) : List.of(drain, arm, new Action.GiveWay(worker));
    }

    /** What is to be said to it again, on a new channel. */
    List<Action> reminder() {
        return reminder(OptionalInt.empty());
    }

    /** What is to be said to it again, now that it has another successor. Its time goes on as it was. */
    List<Action> redirection() {
        return reminder(successor);
    }

    private List<Action> reminder(OptionalInt to) {
        return stage == Stage.DRAINING ? List.of(new Action.Drain(worker, deadline, to)) : List.of();
    }

    /** What its exit concludes. */
    List<Action> gone() {
        return verdict.map(v -> List.<Action>of(new Action.Conclude(v))).orElse(List.of());
    }

    /** What it is called in the upgrade that waits for it. */
    String stageName() {
        if (role == Role.CANDIDATE) {
            return "aborting";
        }
        return verdict.filter(v -> v.outcome() == Outcome.ROLLED_BACK).isPresent() ? "rolling-back" : "draining";
    }

    Seat seat() {
        return new Seat(worker, role, false);
    }
}
