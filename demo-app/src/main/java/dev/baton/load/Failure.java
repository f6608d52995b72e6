package dev.baton.load;

import java.time.Duration;

/**
 * One request that was not answered as it should be.
 *
 * @param after since the start of the run
 * @param client which of the run's clients
 * @param kind how it broke; null where it was the client's own trouble
 * @param requestsBefore answered on the same connection before
 * @param detail what was seen
 */
public record Failure(Duration after, int client, Broken kind, long requestsBefore, String detail) {
    @Override
    public String toString() {
        return "%.3f s: client %d, request %d on its connection: %s: %s"
                .formatted(
                        after.toNanos() / 1e9,
                        client,
                        requestsBefore + 1,
                        kind == null ? "the client's own trouble" : kind,
                        detail);
    }
}
