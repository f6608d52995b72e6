package dev.baton.bench;

import dev.baton.load.Slice;
import java.util.List;

/**
 * Latency over time, for the picture.
 *
 * @param server who was under load
 * @param load what load that was
 * @param rate requests a second
 * @param slices of the run
 * @param upgrades when they happened
 */
record Curve(String server, String load, double rate, List<Slice> slices, List<Mark> upgrades) {}
