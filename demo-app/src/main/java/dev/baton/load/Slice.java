package dev.baton.load;

import java.time.Duration;

/**
 * A part of a run, for a picture: {@link LoadPlan#resolution} long.
 *
 * @param start since the run's
 * @param ok answers that came whole and right in it
 * @param broken requests that broke in it
 * @param p50 the median of its answers' latencies
 * @param p99 of a hundred of them, ninety-nine
 * @param max the longest of them
 */
public record Slice(Duration start, long ok, long broken, Duration p50, Duration p99, Duration max) {}
