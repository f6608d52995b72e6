package dev.baton.supervisor.config;

import dev.baton.handover.Message;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as users write and read them: {@code 250ms}, {@code 30s}, {@code 2m}, {@code 1h}; {@code 1m30s} too. */
public final class DurationText {
    private static final Pattern WHOLE = Pattern.compile("(?:\\d{1,9}(?:ms|s|m|h))+");
    private static final Pattern PART = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

    /** What a worker can be told: beyond it a drain could not begin, and sums of nanoseconds would overflow. */
    private static final Duration LONGEST = Duration.ofMillis(Message.LONGEST_DEADLINE);

    private DurationText() {}

    /**
     * Reads a duration.
     *
     * @throws IllegalArgumentException with what is wrong and what would be right
     */
    public static Duration parse(String text) {
        try {
            return read(text);
        } catch (Wrong e) {
            String unit = lacksItsUnit(text) ? "; \"" + text + "\" lacks its unit" : "";
            throw new IllegalArgumentException(e.getMessage() + ": \"" + text + "\": " + e.remedy() + unit, e);
        }
    }

    /** Whether it is a number and nothing more. */
    static boolean lacksItsUnit(String text) {
        return text.matches("\\d+");
    }

    /** {@link #parse}, with what is wrong and what would be right apart. */
    static Duration read(String text) throws Wrong {
        if (text.equals("0")) {
            return Duration.ZERO;
        }
        if (!WHOLE.matcher(text).matches()) {
            throw new Wrong("not a duration", "write 250ms, 30s, 2m or 1h");
        }
        Duration sum = Duration.ZERO;
        Matcher part = PART.matcher(text);
        while (part.find()) {
            sum = sum.plus(of(Long.parseLong(part.group(1)), part.group(2)));
        }
        if (sum.compareTo(LONGEST) > 0) {
            throw new Wrong("longer than a year", "write " + LONGEST.toHours() + "h or less");
        }
        return sum;
    }

    private static Duration of(long amount, String unit) {
        return switch (unit) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            default -> Duration.ofHours(amount);
        };
    }

    /** Writes a duration to be read by people: {@code 812 ms}, {@code 5.03 s}, {@code 2 min 5 s}, {@code 3 h 20 min}. */
    public static String spoken(Duration duration) {
        long millis = duration.toMillis();
        if (millis < 1_000) {
            return millis + " ms";
        }
        if (millis < 60_000) {
            // 5.00 s and 5 s are the same to a reader, so zeros that say nothing go.
            BigDecimal seconds = new BigDecimal(String.format(Locale.ROOT, "%.2f", millis / 1_000.0));
            return seconds.stripTrailingZeros().toPlainString() + " s";
        }
        long minutes = duration.toMinutes();
        if (minutes < 60) {
            return joined(minutes, "min", duration.toSecondsPart(), "s");
        }
        if (minutes < 24 * 60) {
            return joined(duration.toHours(), "h", duration.toMinutesPart(), "min");
        }
        return joined(duration.toDays(), "d", duration.toHoursPart(), "h");
    }

    private static String joined(long large, String unit, long small, String smallUnit) {
        return large + " " + unit + (small == 0 ? "" : " " + small + " " + smallUnit);
    }
}
