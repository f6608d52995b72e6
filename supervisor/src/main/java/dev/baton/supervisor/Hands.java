package dev.baton.supervisor;

import dev.baton.handover.Message;
import java.time.Duration;
import java.util.OptionalInt;

/** All that the lifecycle does to the world. What fails there comes back as an event, never as an exception. */
interface Hands {
    void spawn(Worker worker);

    void tell(int generation, Message message);

    void drain(int generation, Duration deadline, OptionalInt successor);

    void ask(int generation, Check check, Inquiry.Where where);

    void warm(int generation, WarmUp warmUp);

    /** Lets whoever serves go first where processors are short; for no longer than this. */
    void stepBack(int generation, Duration atMost);

    void stepForward(int generation);

    /** Has it killed before whoever serves, where memory runs out; until it steps forward. */
    void giveWay(int generation);

    void signal(int generation, Signal signal);

    void arm(Timer timer, Duration after);

    void backOff(Timer timer, int failures, String reason);

    void begin(Upgrade upgrade);

    void conclude(Upgrade.Verdict verdict);

    /** Lets somebody know, once the new phase can be seen by everybody. */
    void announce(Runnable announcement);

    void warn(String text);

    /** But at listeners that outlive this supervisor. */
    void keepNewcomersOut();

    /** But for those that outlive this supervisor. */
    void closeListeners();

    /** Does not return, unless it fails. */
    void replaceProgram();
}
