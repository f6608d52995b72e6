package dev.baton.supervisor;

import dev.baton.supervisor.Upgrade.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;

/**
 * The upgrades of this supervisor's life, the last hundred of them; what workers said, of the last ten that are over.
 *
 * <p>Threading: any; the lifecycle writes, everybody reads, and nobody holds the monitor for longer than a look.
 */
final class History {
    private static final int MOST = 100;
    private static final int WITH_WORDS = 10;
    private static final List<String> NO_LONGER_KEPT =
            List.of("baton: these lines are kept of the last " + WITH_WORDS + " upgrades, and of this one no longer");

    private final InstantSource clock;
    private final LongSupplier nanos;
    private final TreeMap<Long, Entry> entries = new TreeMap<>();
    private UpgradeTotals totals = UpgradeTotals.NONE;

    History(InstantSource clock, LongSupplier nanos) {
        this.clock = clock;
        this.nanos = nanos;
    }

    private static final class Entry {
        private final long id;
        private final int from;
        private final int to;
        private final Instant startedAt;
        private final CompletableFuture<Void> end = new CompletableFuture<>();
        private final Map<String, Duration> stages = new LinkedHashMap<>();
        private final Map<Integer, List<String>> cut = new TreeMap<>();
        private List<String> output = List.of();
        private Optional<Outcome> outcome = Optional.empty();
        private Optional<String> reason = Optional.empty();
        private Optional<Warmth> warmth = Optional.empty();
        private String stage;
        private long since;

        Entry(long id, int from, int to, Instant startedAt) {
            this.id = id;
            this.from = from;
            this.to = to;
            this.startedAt = startedAt;
        }

        /** As far as another supervisor's history has it. */
        Entry(UpgradeRecord known) {
            this(known.id(), known.from(), known.to(), known.startedAt());
            outcome = known.outcome();
            reason = known.reason();
            output = known.output();
            warmth = known.warmth();
            stages.putAll(known.phases());
            cut.put(from, known.cut());
            if (!isRunning()) {
                end.complete(null);
            }
        }

        boolean isRunning() {
            return outcome.isEmpty();
        }

        boolean isAbout(int generation) {
            return to == generation || from == generation;
        }

        void enter(String next, long now) {
            if (next.equals(stage)) {
                return;
            }
            leave(now);
            stage = next;
            since = now;
            stages.putIfAbsent(next, Duration.ZERO);
        }

        void leave(long now) {
            if (stage != null) {
                stages.merge(stage, Duration.ofNanos(now - since), Duration::plus);
            }
            stage = null;
        }

        void forgetWords() {
            output = forgotten(output);
            cut.replaceAll((generation, lines) -> forgotten(lines));
        }

        private static List<String> forgotten(List<String> lines) {
            return lines.isEmpty() ? lines : NO_LONGER_KEPT;
        }

        UpgradeRecord record(long now) {
            Map<String, Duration> soFar = new LinkedHashMap<>(stages);
            if (stage != null) {
                soFar.merge(stage, Duration.ofNanos(now - since), Duration::plus);
            }
            List<String> lines = cut.values().stream().flatMap(List::stream).toList();
            boolean failed = outcome.filter(o -> o != Outcome.UPGRADED).isPresent();
            return new UpgradeRecord(
                    id, startedAt, outcome, from, to, soFar, reason, failed ? output : List.of(), warmth, lines);
        }
    }

    /** Goes on from what another supervisor had in its own. */
    synchronized void restore(List<UpgradeRecord> records, UpgradeTotals before) {
        totals = before;
        records.forEach(known -> entries.put(known.id(), new Entry(known)));
    }

    // ---- what the lifecycle writes ----

    synchronized void begin(Upgrade upgrade) {
        entries.put(upgrade.id(), new Entry(upgrade.id(), upgrade.from(), upgrade.to(), clock.instant()));
        while (entries.size() > MOST) {
            entries.pollFirstEntry();
        }
    }

    /** Nobody reads of some of these changes before the others have been made. */
    synchronized void atOnce(Runnable changes) {
        changes.run();
    }

    long now() {
        return nanos.getAsLong();
    }

    /** Which upgrade is at which stage, and since when, in terms of {@link #now}. */
    synchronized void enter(Map<Long, String> stages, long since) {
        stages.forEach((id, stage) -> running(id).ifPresent(entry -> entry.enter(stage, since)));
    }

    /** Ends an upgrade; whoever waits for that is told by what this returns. */
    synchronized Runnable conclude(Verdict verdict) {
        long now = nanos.getAsLong();
        Optional<Entry> entry = running(verdict.upgrade().id());
        entry.ifPresent(e -> {
            e.leave(now);
            e.outcome = Optional.of(verdict.outcome());
            e.reason = verdict.reason();
            totals = totals.and(e.record(now));
        });
        entries.descendingMap().values().stream()
                .filter(e -> !e.isRunning())
                .skip(WITH_WORDS)
                .forEach(Entry::forgetWords);
        return () -> entry.ifPresent(e -> e.end.complete(null));
    }

    /** An upgrade was asked for that does not begin: it is counted, and has no record. */
    synchronized void refuse() {
        totals = totals.andRefused();
    }

    /** The last lines of a worker that has gone. */
    synchronized void exited(int generation, List<String> lines) {
        entries.values().stream()
                .filter(e -> e.isRunning() && e.to == generation)
                .forEach(e -> e.output = lines);
    }

    synchronized void warmed(int generation, Warmth warmth) {
        entries.values().stream()
                .filter(e -> e.isRunning() && e.to == generation)
                .forEach(e -> e.warmth = Optional.of(warmth));
    }

    /** Connections that a worker closed at the end of its drain; said once more, it takes the place of the first time. */
    synchronized void cut(int generation, List<String> connections) {
        entries.values().stream()
                .filter(e -> e.isRunning() && e.isAbout(generation))
                .forEach(e -> e.cut.put(
                        generation, connections.stream().map(Tail::plain).toList()));
    }

    private Optional<Entry> running(long id) {
        return Optional.ofNullable(entries.get(id)).filter(Entry::isRunning);
    }

    // ---- what everybody reads ----

    private synchronized UpgradeRecord find(Entry entry) {
        return entry.record(nanos.getAsLong());
    }

    synchronized Optional<UpgradeRecord> find(long id) {
        return Optional.ofNullable(entries.get(id)).map(this::find);
    }

    /** What has ended here or was refused, and in the supervisors before. */
    synchronized UpgradeTotals totals() {
        return totals;
    }

    synchronized List<UpgradeRecord> all() {
        return entries.values().stream().map(this::find).toList();
    }

    /** The newest that runs. */
    synchronized Optional<UpgradeRecord> running() {
        return entries.descendingMap().values().stream()
                .filter(Entry::isRunning)
                .findFirst()
                .map(this::find);
    }

    /** The newest that is over. */
    synchronized Optional<UpgradeRecord> last() {
        return entries.descendingMap().values().stream()
                .filter(entry -> !entry.isRunning())
                .findFirst()
                .map(this::find);
    }

    synchronized CompletableFuture<UpgradeRecord> end(long id) {
        Entry entry = entries.get(id);
        return entry.end.thenApply(over -> find(entry));
    }
}
