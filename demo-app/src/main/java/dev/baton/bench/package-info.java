/**
 * The benchmark: Baton beside what one would do without it, and beside servers that replace themselves, all under the same strict
 * client in one go. {@code scripts/bench} starts it; docs/benchmarks.md tells how to read what it writes.
 *
 * <p>A {@link dev.baton.bench.Section} measures {@link dev.baton.bench.Server}s and leaves {@link dev.baton.bench.Sample}s in {@link
 * dev.baton.bench.Results}; tables and the picture are made of these alone, at the end.
 */
package dev.baton.bench;
