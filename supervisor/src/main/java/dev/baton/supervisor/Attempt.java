package dev.baton.supervisor;

import dev.baton.handover.Message;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A worker on its way from the spawn to {@code accepting}: it starts, is checked if there is a check, is warmed up if
 * somebody else serves meanwhile, and is told.
 *
 * @param told whether it has been told to accept, having said that it is ready and passed its check
 * @param inquiry its check, from its word that it is ready until it is told
 * @param warming whether its warm-up is under way
 * @param timer for its {@code ready} and its check, then for its warm-up, then for its {@code accepting}
 */
record Attempt(Worker worker, boolean told, Optional<Inquiry> inquiry, boolean warming, Timer timer) {
    /** A warm-up ends by itself when its time is over; this is for one that does not. */
    private static final Duration GRACE = Duration.ofSeconds(1);

    /** On two processors that are half busy a JVM starts in a third of it. */
    private static final Duration LONGEST_BEHIND = Duration.ofSeconds(10);

    static Attempt begin(Worker worker) {
        return new Attempt(worker, false, Optional.empty(), false, new Timer("ready", worker));
    }

    boolean is(int generation) {
        return worker.is(generation);
    }

    /** What it is doing, as an upgrade's record calls that. */
    String stage() {
        return told ? "accepting" : warming ? "warming" : inquiry.isPresent() ? "checking" : "starting";
    }

    /** Whether it has said that it is ready. */
    boolean isReady() {
        return told || warming || inquiry.isPresent();
    }

    /** Whether an answer to its check can come. */
    boolean isAsked() {
        return inquiry.filter(i -> i.again().isEmpty()).isPresent();
    }

    /** With its first question under way; empty where its word is enough. */
    Optional<Attempt> check() {
        return Inquiry.of(worker, Inquiry.Where.PRIVATE).map(this::with);
    }

    Attempt failed(String answer) {
        return inquiry.map(i -> with(i.answered(Optional.of(answer)))).orElse(this);
    }

    /** With the next question under way, if this timer has rung for it. */
    Optional<Attempt> checkAgain(Timer rung) {
        return inquiry.filter(i -> i.waitsFor(rung)).map(i -> with(i.asking()));
    }

    private Attempt with(Inquiry next) {
        return new Attempt(worker, told, Optional.of(next), warming, timer);
    }

    /** With its warm-up under way; empty where it has none. */
    Optional<Attempt> warm() {
        return worker.launch()
                .warmUp()
                .map(warmUp -> new Attempt(worker, told, Optional.empty(), true, new Timer("warm-up")));
    }

    /** Whether its warm-up has not come to an end by itself. */
    boolean isLateWith(Timer rung) {
        return warming && rung == timer;
    }

    Attempt ready() {
        return new Attempt(worker, true, Optional.empty(), false, new Timer("accepting"));
    }

    /** Why it has failed, now that this timer has rung; empty where the timer is none of its own. */
    Optional<Failure> failure(Timer rung, Rules rules) {
        if (rung == timer) {
            return Optional.of(
                    told
                            ? Failure.silent(worker, "accept", rules.answer())
                            : inquiry.map(i -> Failure.unchecked(i, rules))
                                    .orElseGet(() -> Failure.notReady(worker, rules)));
        }
        return Optional.empty();
    }

    Failure failure(Exit exit) {
        return told
                ? Failure.exitedWhenReady(worker, exit)
                : warming
                        ? Failure.exitedWhenWarmed(worker, exit)
                        : inquiry.map(i -> Failure.exitedWhenChecked(i, exit))
                                .orElseGet(() -> Failure.exited(worker, exit));
    }

    List<Action> spawn(Rules rules) {
        return List.of(new Action.Spawn(worker), new Action.Arm(timer, rules.ready()));
    }

    /**
     * A spawn where somebody else serves, whose clients are not to suffer from it. But an upgrade must not fail for
     * that, nor the one that mends what keeps the machine busy take for ever: soon it has its full share. What inherits
     * its sockets has clients from its start on.
     */
    List<Action> spawnBehind(Rules rules) {
        if (worker.launch().inherits()) {
            return spawn(rules);
        }
        Duration half = rules.ready().dividedBy(2);
        return Stream.concat(
                        spawn(rules).stream(),
                        Stream.of(
                                new Action.GiveWay(worker),
                                new Action.StepBack(
                                        worker, half.compareTo(LONGEST_BEHIND) < 0 ? half : LONGEST_BEHIND)))
                .toList();
    }

    List<Action> ask() {
        return inquiry.map(i -> List.of(i.ask())).orElse(List.of());
    }

    List<Action> pause() {
        return inquiry.map(Inquiry::pause).orElse(List.of());
    }

    List<Action> sendWarmUp() {
        return worker.launch()
                .warmUp()
                .map(warmUp -> List.<Action>of(
                        new Action.StepBack(worker, warmUp.timeout().plus(GRACE)),
                        new Action.Warm(worker, warmUp),
                        new Action.Arm(timer, warmUp.timeout().plus(GRACE))))
                .orElse(List.of());
    }

    List<Action> accept(Rules rules) {
        return List.of(
                new Action.StepForward(worker),
                new Action.Tell(worker, new Message.Accept()),
                new Action.Arm(timer, rules.answer()));
    }
}
