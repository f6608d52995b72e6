package dev.baton.supervisor.control;

import java.time.Duration;

/**
 * How much one control socket takes from its clients.
 *
 * @param headers bytes of a request's line and headers
 * @param body bytes of a request's body
 * @param clients connections at a time; a further one gets 503
 * @param arrival within which a request must have arrived whole, from the moment it was accepted
 * @param idle how long a connection may stand still, unless its answer is being waited for
 */
record Limits(int headers, int body, int clients, Duration arrival, Duration idle) {
    static final Limits USUAL = new Limits(8 * 1024, 64 * 1024, 64, Duration.ofSeconds(30), Duration.ofSeconds(30));
}
