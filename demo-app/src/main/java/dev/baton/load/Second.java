package dev.baton.load;

import java.time.Duration;

/**
 * One second of a run, for a picture.
 *
 * @param number counts from 0
 * @param ok answers that came whole and right in it
 * @param broken requests that broke in it
 * @param p50 the median of its answers' latencies
 * @param max the longest of them
 */
public record Second(int number, long ok, long broken, Duration p50, Duration max) {}
