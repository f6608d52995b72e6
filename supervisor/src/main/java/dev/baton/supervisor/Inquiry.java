package dev.baton.supervisor;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The check of a worker, asked again and again, one question at a time.
 *
 * @param asked how many questions have been answered, or have failed
 * @param failures how many of the last ones failed
 * @param last why the last one that failed did
 * @param again rings when the next one is to be asked; empty while one is under way
 */
record Inquiry(
        Worker worker,
        Check check,
        Where where,
        int asked,
        int failures,
        Optional<String> last,
        Optional<Timer> again) {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
    private static final int MOST_DOUBLINGS = 10;

    /** One failure may be an accident, and a worker that stands still for a moment is no failure at all. */
    static final int TOO_MANY = 3;

    /** At which of its addresses a worker is asked, and how long one question may take there. */
    enum Where {
        /** Before it accepts: only its start waits for the answer, and the first answer of a program may take long. */
        PRIVATE(Duration.ofSeconds(5)),
        /** While it bakes: clients wait for such answers too. */
        PUBLIC(Duration.ofSeconds(2));

        private final Duration patience;

        Where(Duration patience) {
            this.patience = patience;
        }

        Duration patience() {
            return patience;
        }
    }

    /** The check of this worker, if it is to be checked. */
    static Optional<Inquiry> of(Worker worker, Where where) {
        return worker.launch()
                .check()
                .map(check -> new Inquiry(worker, check, where, 0, 0, Optional.empty(), Optional.empty()));
    }

    /** @param failure empty: the answer was as it should be */
    Inquiry answered(Optional<String> failure) {
        return new Inquiry(
                worker,
                check,
                where,
                asked + 1,
                failure.isPresent() ? failures + 1 : 0,
                failure.or(() -> last),
                Optional.of(new Timer("check")));
    }

    /** The next question is under way. */
    Inquiry asking() {
        return new Inquiry(worker, check, where, asked, failures, last, Optional.empty());
    }

    boolean waitsFor(Timer timer) {
        return again.filter(timer::equals).isPresent();
    }

    /** Whether the last question was answered well, and no other one is under way. */
    boolean isContent() {
        return asked > 0 && failures == 0 && again.isPresent();
    }

    boolean hasFailed() {
        return failures >= TOO_MANY;
    }

    Action ask() {
        return new Action.Ask(worker, check, where);
    }

    /** What is to be done until the next question. */
    List<Action> pause() {
        return again.map(timer -> List.<Action>of(new Action.Arm(timer, length())))
                .orElse(List.of());
    }

    /** A start is over as soon as it can be, so the pauses grow; who serves is asked at an even pace. */
    private Duration length() {
        if (where == Where.PUBLIC) {
            return FIRST_PAUSE.multipliedBy(5);
        }
        Duration doubled = FIRST_PAUSE.multipliedBy(1L << Math.min(asked - 1, MOST_DOUBLINGS));
        return doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
    }

    String lastFailure() {
        return last.orElse("there was no answer yet");
    }
}
