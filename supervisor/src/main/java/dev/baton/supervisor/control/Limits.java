package dev.baton.supervisor.control;

import java.time.Duration;

/**
 * How much one control socket takes from its clients.
 *
 * @param headers bytes of a request's line and headers
 * @param body bytes of a request's body, from whoever comes over TCP
 * @param command the same at the control socket, whose clients may act: a command with the longest of class paths
 * @param clients connections at a time; a further one gets 503
 * @param arrival within which a request must have arrived whole, from the moment it was accepted
 * @param idle how long a connection may stand still, unless its answer is being waited for
 */
record Limits(int headers, int body, int command, int clients, Duration arrival, Duration idle) {
    /** How many clients may follow the events at a time. */
    int followers() {
        return clients / 2;
    }

    /** Twice MAX_ARG_STRLEN, execve(2): each status and event repeats it, and all of them share a small heap. */
    private static final int LONGEST_COMMAND = 256 * 1024;

    static final Limits USUAL =
            new Limits(8 * 1024, 64 * 1024, LONGEST_COMMAND, 64, Duration.ofSeconds(30), Duration.ofSeconds(30));
}
