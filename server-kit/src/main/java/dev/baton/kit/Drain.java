package dev.baton.kit;

import java.time.Duration;
import java.util.Optional;

/**
 * A drain that has begun: how long it may take, and where connections can move to.
 *
 * @param deadline in terms of {@link System#nanoTime()}
 * @param handover to the next worker; empty where there is none, as when everything stops
 */
public record Drain(long deadline, Optional<Handover> handover) {
    /** How long it may still take; never negative. */
    public Duration remaining() {
        return Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
    }
}
