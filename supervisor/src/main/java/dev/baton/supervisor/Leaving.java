package dev.baton.supervisor;

import dev.baton.supervisor.Status.Role;
import dev.baton.supervisor.Upgrade.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A worker on its way out: it drains, is left a moment to go by itself, is terminated, is killed; but not before the time is
 * over that its drain was given, which is also for what it does at its end. Only its exit, once observed, ends this; and with
 * it the upgrade that waits for it, if one does.
 *
 * @param timer by which its stage ends
 * @param end by which the time for its drain is over; the same where that needs none of its own
 * @param deadline of its drain
 * @param successor the generation that takes its connections over
 */
record Leaving(
        Worker worker,
        Role role,
        Stage stage,
        Timer timer,
        Timer end,
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
        /** SIGTERM has not ended it, and there is time left. */
        SPARED,
        KILLED
    }

    /** One that has served, and may finish what it has. */
    static Leaving drain(Worker worker, Duration deadline, Optional<Worker> successor, Optional<Verdict> verdict) {
        OptionalInt heir =
                successor.isPresent() ? OptionalInt.of(successor.get().generation()) : OptionalInt.empty();
        Timer timer = timer(Stage.DRAINING, worker);
        return new Leaving(worker, Role.RETIRING, Stage.DRAINING, timer, timer, deadline, heir, verdict);
    }

    /** One that has served, but does not answer. */
    static Leaving terminate(Worker worker, Optional<Verdict> verdict) {
        return terminate(worker, Role.RETIRING, verdict);
    }

    /** A candidate that never served. */
    static Leaving condemn(Worker worker, Optional<Verdict> verdict) {
        return terminate(worker, Role.CANDIDATE, verdict);
    }

    private static Leaving terminate(Worker worker, Role role, Optional<Verdict> verdict) {
        Timer timer = timer(Stage.TERMINATED, worker);
        return new Leaving(worker, role, Stage.TERMINATED, timer, timer, Duration.ZERO, OptionalInt.empty(), verdict);
    }

    /** The same, once it has accepted who waits. */
    Leaving acceptingFirst() {
        return stage == Stage.DRAINING ? at(Stage.ACCEPTING) : this;
    }

    boolean is(int generation) {
        return worker.is(generation);
    }

    boolean waitsFor(Timer other) {
        return timer == other || end == other;
    }

    /** Nothing is left on it: it may go by itself. */
    Leaving drained() {
        return stage == Stage.DRAINING ? at(Stage.EXITING, end) : this;
    }

    /** Its time is over, for its stage or for all of it. */
    Leaving late(Timer rung) {
        if (rung != timer) {
            return overdue();
        }
        return stage == Stage.TERMINATED && hasTime() ? with(Stage.SPARED, end, end) : further();
    }

    /** Somebody does not want to wait any more. */
    Leaving pushed() {
        return stage == Stage.ACCEPTING ? at(Stage.TERMINATED) : overdue().further();
    }

    /**
     * It cannot be told to drain any more, nor say when it has: SIGTERM is the one message left, and an orderly stop
     * to most programs.
     */
    Leaving lost() {
        return switch (stage) {
            case ACCEPTING -> at(Stage.TERMINATED);
            case DRAINING -> at(Stage.TERMINATED, end);
            case EXITING, TERMINATED, SPARED, KILLED -> this;
        };
    }

    /** Somebody waits for its end. */
    Leaving hurried(Duration hurry) {
        if (stage == Stage.DRAINING && hurry.compareTo(deadline) < 0) {
            Timer sooner = new Timer("drain");
            return new Leaving(worker, role, stage, sooner, sooner, hurry, OptionalInt.empty(), verdict);
        }
        return stage == Stage.SPARED ? at(Stage.KILLED) : overdue();
    }

    /** Another one serves than the one that was to take its connections over. */
    Leaving succeededBy(Worker next) {
        return new Leaving(worker, role, stage, timer, end, deadline, OptionalInt.of(next.generation()), verdict);
    }

    /** Whether its drain could still go on. */
    private boolean hasTime() {
        return end != timer;
    }

    private Leaving overdue() {
        return hasTime() ? with(stage, timer, timer) : this;
    }

    private Leaving further() {
        return switch (stage) {
            case ACCEPTING -> at(Stage.DRAINING);
            case DRAINING -> at(Stage.TERMINATED);
            case EXITING -> hasTime() ? at(Stage.TERMINATED, end) : at(Stage.TERMINATED);
            case TERMINATED, SPARED, KILLED -> at(Stage.KILLED);
        };
    }

    private Leaving at(Stage next) {
        Timer its = timer(next, worker);
        return with(next, its, its);
    }

    private Leaving at(Stage next, Timer last) {
        return with(next, timer(next, worker), last);
    }

    private Leaving with(Stage next, Timer its, Timer last) {
        return new Leaving(worker, role, next, its, last, deadline, successor, verdict);
    }

    /** By which that stage ends. */
    static Timer timer(Stage stage, Worker worker) {
        return switch (stage) {
            case ACCEPTING -> new Timer("last-orders");
            case DRAINING -> new Timer("drain", worker);
            case EXITING, TERMINATED, SPARED, KILLED -> new Timer("kill");
        };
    }

    /** What is to be done on entering this stage. */
    List<Action> orders(Rules rules) {
        return switch (stage) {
            case ACCEPTING -> List.of(new Action.Arm(timer, LAST_ORDERS));
            case DRAINING -> drainingOrders();
            case EXITING -> List.of(new Action.Arm(timer, rules.killAfter()));
            case TERMINATED -> List.of(new Action.Send(worker, Signal.TERM), new Action.Arm(timer, rules.killAfter()));
            case SPARED -> List.of();
            case KILLED -> List.of(new Action.Send(worker, Signal.KILL));
        };
    }

    /** What is to be done now that it has come from there to here: nothing where it waits on. */
    List<Action> ordersAfter(Leaving before, Rules rules) {
        return timer == before.timer ? List.of() : orders(rules);
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
