package dev.baton.supervisor;

import java.time.Duration;
import java.util.List;

/** Why a worker is not what it was to be: who, what, and where one can look. */
record Failure(Outcome outcome, String reason) {
    static Failure exited(Worker worker, Exit exit) {
        return new Failure(
                Outcome.EXITED_BEFORE_READY, worker + " " + exit + (exit.hasRun() ? " before it was ready" : ""));
    }

    static Failure exitedWhenReady(Worker worker, Exit exit) {
        return new Failure(Outcome.HANDOVER_FAILED, worker + " " + exit + " when it was to accept");
    }

    /** A ready word is checked against facts: a program that missed a listener would leave its clients hanging. */
    static Failure missing(Worker worker, List<String> missing) {
        return new Failure(
                Outcome.CHECK_FAILED,
                worker + " said that it is ready, but has not bound "
                        + (missing.size() == 1 ? "listener " : "listeners ") + String.join(", ", missing)
                        + ": does the program listen on every supervised address?");
    }

    static Failure exitedWhenChecked(Inquiry inquiry, Exit exit) {
        return new Failure(
                Outcome.EXITED_BEFORE_READY,
                inquiry.worker() + " " + exit + " while it was checked (" + inquiry.check() + ")");
    }

    static Failure exitedWhenWarmed(Worker worker, Exit exit) {
        return new Failure(Outcome.EXITED_BEFORE_READY, worker + " " + exit + " during its warm-up");
    }

    static Failure unchecked(Inquiry inquiry, Rules rules) {
        return new Failure(
                Outcome.CHECK_FAILED,
                inquiry.worker() + " was ready, but did not answer its check (" + inquiry.check() + ") with "
                        + inquiry.check().status() + " within " + text(rules.ready())
                        + " of its start; answered so far: "
                        + inquiry.asked() + ", the last one: " + inquiry.lastFailure());
    }

    /** What is said of a worker that serves and fails its check. */
    static String failing(Inquiry inquiry) {
        return inquiry.worker() + " did not answer its check (" + inquiry.check() + ") with "
                + inquiry.check().status() + ", " + inquiry.failures() + " of " + Inquiry.TOO_MANY
                + " times in a row: " + inquiry.lastFailure();
    }

    static Failure notReady(Worker worker, Rules rules) {
        if (worker.launch().inherits()) {
            return new Failure(
                    Outcome.NOT_READY_IN_TIME,
                    worker
                            + " did not say READY=1 at its NOTIFY_SOCKET, nor hello as a program with server-kit, within "
                            + text(rules.ready()) + ": let it (sd_notify(3), systemd-notify --ready), or give"
                            + " [ready].after (--ready-after 2s) for a program that never does");
        }
        return new Failure(
                Outcome.NOT_READY_IN_TIME,
                worker + " was not ready within " + text(rules.ready())
                        + ": does it listen on every supervised address? See its last lines, or allow more time"
                        + " (ready timeout)");
    }

    /** No answer to a command. */
    static Failure silent(Worker worker, String command, Duration patience) {
        return new Failure(
                Outcome.HANDOVER_FAILED, worker + " did not answer \"" + command + "\" within " + text(patience));
    }

    static Failure lost(Worker worker, String why) {
        return new Failure(Outcome.HANDOVER_FAILED, worker + " lost its handover channel: " + why);
    }

    static Failure stopped() {
        return new Failure(Outcome.HANDOVER_FAILED, "the supervisor was stopped meanwhile");
    }

    /** The upgrade's supervisor is no more, and the next one does not know how far the candidate had got. */
    static Failure orphaned() {
        return new Failure(Outcome.HANDOVER_FAILED, "the supervisor died meanwhile: ask again");
    }

    /** A duration as a user writes it: {@code 250ms}, {@code 30s}, {@code 2m}. */
    static String text(Duration duration) {
        long millis = duration.toMillis();
        if (millis >= 60_000 && millis % 60_000 == 0) {
            return millis / 60_000 + "m";
        }
        return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }
}
