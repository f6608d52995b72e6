package dev.baton.bench;

import java.time.Duration;
import java.util.Map;

/**
 * An upgrade in a run.
 *
 * @param from when it began, since the run's start
 * @param to when the new version served and the old one was gone
 * @param phases how long each took, where the server tells
 */
record Mark(Duration from, Duration to, Map<String, Duration> phases) {}
