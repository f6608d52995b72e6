package dev.baton.supervisor;

import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * Requests over HTTP that a candidate answers in private before clients depend on it: so it is not they who wait for
 * classes that are still to be loaded, and for code that is still to be compiled.
 *
 * @param listener the name of the listener on which they are sent
 * @param requests like {@code GET /}, sent in turn
 * @param count how many are sent; empty: until it has settled how long the answers take
 * @param timeout after which the candidate takes over all the same
 */
public record WarmUp(String listener, List<String> requests, OptionalInt count, Duration timeout) {
    public static final Duration TIMEOUT = Duration.ofSeconds(10);

    /** What is said instead of a count. */
    public static final String SETTLED = "settled";

    /** Those that change nothing, as RFC 9110 9.2.1 has it, and that a server answers with what clients ask for. */
    private static final Pattern REQUEST = Pattern.compile("(GET|HEAD|OPTIONS) (\\S+)");

    public WarmUp {
        requests = List.copyOf(requests);
        if (requests.isEmpty() || !requests.stream().allMatch(WarmUp::isRequest)) {
            throw new IllegalArgumentException("not requests that can be sent: " + requests);
        }
    }

    /** Whether it is a method that changes nothing, a blank, and a path. */
    public static boolean isRequest(String text) {
        var request = REQUEST.matcher(text);
        return request.matches() && Check.isPath(request.group(2));
    }

    /** {@code GET}, and {@code /}. */
    static String[] words(String request) {
        return request.split(" ", 2);
    }

    @Override
    public String toString() {
        String many = count.isPresent() ? count.getAsInt() + " requests" : "requests until it has settled";
        return many + " on listener " + listener;
    }
}
