package dev.baton.handover;

import java.util.Collections;
import java.util.List;
import java.util.function.LongBinaryOperator;

/**
 * What has come in since a program began, and what became of it: figures that only grow. How long a request took is
 * counted from the end of its head to the end of its response.
 *
 * @param accepted connections that came from clients, not from the worker before
 * @param statuses requests by the class of the response: 1xx to 5xx; in front, those that had none
 * @param latencies requests by how long they took: up to each of {@link #BOUNDS}, and at last all that took longer
 * @param micros how long all requests took together, in microseconds
 */
public record Traffic(long accepted, List<Long> statuses, List<Long> latencies, long micros) {
    /** In microseconds. */
    public static final List<Long> BOUNDS = List.of(
            500L,
            1_000L,
            2_500L,
            5_000L,
            10_000L,
            25_000L,
            50_000L,
            100_000L,
            250_000L,
            500_000L,
            1_000_000L,
            2_500_000L,
            5_000_000L,
            10_000_000L);

    private static final int CLASSES = 6;

    /** Of a program that tells nothing. */
    public static final Traffic NONE = accepted(0);

    /** @throws IllegalArgumentException where the figures are not as many as they have to be */
    public Traffic {
        statuses = List.copyOf(statuses);
        latencies = List.copyOf(latencies);
        if (!isShapeOf(statuses, latencies)) {
            throw new IllegalArgumentException(statuses.size() + " classes of responses and " + latencies.size()
                    + " of latencies, not " + CLASSES + " and " + (BOUNDS.size() + 1));
        }
    }

    /** Whether they are as many figures as this version counts. */
    public static boolean isShapeOf(List<Long> statuses, List<Long> latencies) {
        return statuses.size() == CLASSES && latencies.size() == BOUNDS.size() + 1;
    }

    /** Of a program that counts connections alone. */
    public static Traffic accepted(long connections) {
        return new Traffic(connections, zeros(CLASSES), zeros(BOUNDS.size() + 1), 0);
    }

    /** Which of {@link #latencies} counts a request that took so long. */
    public static int latencyIndex(long micros) {
        int index = 0;
        while (index < BOUNDS.size() && micros > BOUNDS.get(index)) {
            index++;
        }
        return index;
    }

    /** Which of {@link #statuses} counts a response; 0 stands for none. */
    public static int statusIndex(int status) {
        return status >= 100 && status < 600 ? status / 100 : 0;
    }

    /** What {@link #statuses} counts at this index: {@code 2xx}, say, or {@code none}. */
    public static String statusName(int index) {
        return index == 0 ? "none" : index + "xx";
    }

    /** All requests that are over. */
    public long requests() {
        return latencies.stream().mapToLong(Long::longValue).sum();
    }

    /** Both together. */
    public Traffic plus(Traffic other) {
        return with(other, Long::sum);
    }

    /** What has come since it was that. */
    public Traffic minus(Traffic before) {
        return with(before, (now, then) -> now - then);
    }

    private Traffic with(Traffic other, LongBinaryOperator both) {
        return new Traffic(
                both.applyAsLong(accepted, other.accepted),
                each(statuses, other.statuses, both),
                each(latencies, other.latencies, both),
                both.applyAsLong(micros, other.micros));
    }

    private static List<Long> each(List<Long> some, List<Long> others, LongBinaryOperator both) {
        // A worker does this a few times a second: a stream would be compiled for it for minutes.
        Long[] each = new Long[some.size()];
        for (int i = 0; i < each.length; i++) {
            each[i] = both.applyAsLong(some.get(i), others.get(i));
        }
        return List.of(each);
    }

    private static List<Long> zeros(int count) {
        return Collections.nCopies(count, 0L);
    }
}
