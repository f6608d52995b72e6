package dev.baton.supervisor;

import dev.baton.handover.Message;
import java.time.Duration;
import java.util.OptionalInt;

/** What a phase wants done: data, so that a test can read it; the lifecycle performs it in order, by {@link Hands}. */
sealed interface Action {
    void by(Hands hands);

    record Spawn(Worker worker) implements Action {
        @Override
        public void by(Hands hands) {
            hands.spawn(worker);
        }
    }

    /** To a worker without a channel nothing can be said; its {@code channelLost} then comes (again). */
    record Tell(Worker worker, Message message) implements Action {
        @Override
        public void by(Hands hands) {
            hands.tell(worker.generation(), message);
        }
    }

    /** Tells a worker to drain, and brings it together with the one that takes its connections over. */
    record Drain(Worker worker, Duration deadline, OptionalInt successor) implements Action {
        @Override
        public void by(Hands hands) {
            hands.drain(worker.generation(), deadline, successor);
        }
    }

    /** Asks once; the answer comes back as {@code checked}. */
    record Ask(Worker worker, Check check, Inquiry.Where where) implements Action {
        @Override
        public void by(Hands hands) {
            hands.ask(worker.generation(), check, where);
        }
    }

    /** Sends all of a warm-up; its end comes back as {@code warmed}. */
    record Warm(Worker worker, WarmUp warmUp) implements Action {
        @Override
        public void by(Hands hands) {
            hands.warm(worker.generation(), warmUp);
        }
    }

    /** Somebody else serves: while this one starts it leaves the processors to that one, for no longer than this. */
    record StepBack(Worker worker, Duration atMost) implements Action {
        @Override
        public void by(Hands hands) {
            hands.stepBack(worker.generation(), atMost);
        }
    }

    /** It is needed now, with all that it can get. */
    record StepForward(Worker worker) implements Action {
        @Override
        public void by(Hands hands) {
            hands.stepForward(worker.generation());
        }
    }

    /** Somebody else serves: where memory runs out it is this one that is killed, until it steps forward. */
    record GiveWay(Worker worker) implements Action {
        @Override
        public void by(Hands hands) {
            hands.giveWay(worker.generation());
        }
    }

    record Send(Worker worker, Signal signal) implements Action {
        @Override
        public void by(Hands hands) {
            hands.signal(worker.generation(), signal);
        }
    }

    record Arm(Timer timer, Duration after) implements Action {
        @Override
        public void by(Hands hands) {
            hands.arm(timer, after);
        }
    }

    /** Arms a timer for as long as one waits after so many failures in a row. */
    record BackOff(Timer timer, int failures, String reason) implements Action {
        @Override
        public void by(Hands hands) {
            hands.backOff(timer, failures, reason);
        }
    }

    record Begin(Upgrade upgrade) implements Action {
        @Override
        public void by(Hands hands) {
            hands.begin(upgrade);
        }
    }

    record Conclude(Upgrade.Verdict verdict) implements Action {
        @Override
        public void by(Hands hands) {
            hands.conclude(verdict);
        }
    }

    /** Who waits to be accepted is, and nobody begins to wait. */
    record KeepNewcomersOut() implements Action {
        @Override
        public void by(Hands hands) {
            hands.keepNewcomersOut();
        }
    }

    /** Nobody is to come any more. */
    record CloseListeners() implements Action {
        @Override
        public void by(Hands hands) {
            hands.closeListeners();
        }
    }

    /** Becomes another program: what follows is done only where that failed. */
    record Replace() implements Action {
        @Override
        public void by(Hands hands) {
            hands.replaceProgram();
        }
    }

    /** What it brings holds for the actions behind this one; whoever waits hears of it when they are under way. */
    record Grant(Answer answer, long upgrade) implements Action {
        @Override
        public void by(Hands hands) {
            answer.taken();
            hands.announce(() -> answer.granted(upgrade));
        }
    }

    record Refuse(Answer answer, String reason) implements Action {
        @Override
        public void by(Hands hands) {
            hands.announce(() -> answer.refused(reason));
        }
    }

    /** Something that the operator should read, and that no transition says. */
    record Warn(String text) implements Action {
        @Override
        public void by(Hands hands) {
            hands.warn(text);
        }
    }
}
