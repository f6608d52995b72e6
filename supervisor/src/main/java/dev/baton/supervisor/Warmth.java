package dev.baton.supervisor;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * What a warm-up came to. Nothing of it is a reason not to go on: whether a version is good, its check knows.
 *
 * @param answered how many requests had an answer, of whatever status
 * @param errors how many of these had a status of 400 or more
 * @param failed how many had none, because a connection could not be made or broke
 * @param end why it was over
 * @param first how long the first answer took; empty: there was none
 * @param last how long answers took at the end, on average
 * @param trouble the last error or failure
 */
public record Warmth(
        int answered,
        int errors,
        int failed,
        End end,
        Optional<Duration> first,
        Optional<Duration> last,
        Optional<String> trouble) {

    /** Why a warm-up is over. */
    public enum End {
        /** As many requests were sent as were asked for. */
        COUNT,
        /** Answers did not get quicker any more, and nothing was left to compile. */
        SETTLED,
        /** It took all the time that it was given. */
        TIMEOUT,
        /** The worker did not answer at all. */
        FAILED,
        /** The worker was needed at once, or has gone. */
        STOPPED,
        /** There is no address at which this worker could be asked in private. */
        IMPOSSIBLE;

        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        static End of(String text) {
            return valueOf(text.toUpperCase(Locale.ROOT));
        }
    }

    static Warmth none(End end, String trouble) {
        return new Warmth(0, 0, 0, end, Optional.empty(), Optional.empty(), Optional.of(trouble));
    }

    /** Whether somebody should have a look. */
    boolean isTroubled() {
        return errors > 0 || failed > 0 || end != End.COUNT && end != End.SETTLED;
    }

    /** As log lines have it. */
    @Override
    public String toString() {
        return "end=" + end.text() + " answered=" + answered + " errors=" + errors + " failed=" + failed
                + first.map(time -> " first=" + millis(time)).orElse("")
                + last.map(time -> " last=" + millis(time)).orElse("")
                + trouble.map(text -> " trouble=\"" + text + "\"").orElse("");
    }

    private static String millis(Duration time) {
        return String.format(Locale.ROOT, "%.2fms", time.toNanos() / 1e6);
    }
}
