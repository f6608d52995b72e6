package dev.baton.load;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * The book that all clients of one run write in.
 *
 * <p>Threading: clients call {@link #ok}, {@link #broken} and {@link #reconnected} from their own threads without waiting for each other;
 * everything that reads is under the monitor.
 */
final class Tally {
    private static final int FAILURES_KEPT = 50;
    private static final long LONGEST = Duration.ofHours(1).toNanos();

    private final long start = System.nanoTime();
    private final AtomicLong lastOk = new AtomicLong(start);
    private final LongAccumulator silence = new LongAccumulator(Math::max, 0);
    private final LongAdder ok = new LongAdder();
    private final LongAdder[] broken = new LongAdder[Broken.values().length];
    private final LongAdder reconnects = new LongAdder();
    private final LongAdder ownTrouble = new LongAdder();
    private final Answerers answerers = new Answerers();
    private final Recorder recorder = new Recorder(LONGEST, 3);
    private final Answers answers;

    private final List<Failure> failures = new ArrayList<>();
    private final Histogram total = new Histogram(LONGEST, 3);
    private final Histogram ofThisSlice = new Histogram(LONGEST, 3);
    private final List<Slice> timeline = new ArrayList<>();
    private Histogram interval;
    private long brokenBefore;
    private Duration sliceStart = Duration.ZERO;

    Tally(Answers answers) {
        this.answers = answers;
        for (int i = 0; i < broken.length; i++) {
            broken[i] = new LongAdder();
        }
    }

    Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - start);
    }

    Answerers answerers() {
        return answerers;
    }

    /** @param now when the answer was whole, in the time of {@link System#nanoTime} */
    void ok(long nanos, long now) {
        silence.accumulate(now - lastOk.getAndSet(now));
        recorder.recordValue(Math.max(0, Math.min(nanos, LONGEST)));
        ok.increment();
        answers.onAnswer(now - nanos, now);
    }

    void broken(Breakage breakage, int client, long requestsBefore) {
        if (breakage.isOwnTrouble()) {
            ownTrouble.increment();
        } else {
            broken[breakage.kind().ordinal()].increment();
        }
        synchronized (this) {
            if (failures.size() < FAILURES_KEPT) {
                failures.add(new Failure(elapsed(), client, breakage.kind(), requestsBefore, breakage.getMessage()));
            }
        }
    }

    void reconnected() {
        reconnects.increment();
    }

    Counts counts() {
        return new Counts(
                ok.sum(),
                of(Broken.REFUSED),
                of(Broken.CLOSED),
                of(Broken.CUT),
                of(Broken.STATUS),
                of(Broken.WRONG),
                of(Broken.TIMEOUT),
                reconnects.sum(),
                ownTrouble.sum());
    }

    private long of(Broken kind) {
        return broken[kind.ordinal()].sum();
    }

    /** Ends the slice that runs and begins the next. */
    synchronized void endSlice() {
        collect();
        long brokenNow = counts().broken();
        timeline.add(new Slice(
                sliceStart,
                ofThisSlice.getTotalCount(),
                brokenNow - brokenBefore,
                Duration.ofNanos(ofThisSlice.getValueAtPercentile(50)),
                Duration.ofNanos(ofThisSlice.getValueAtPercentile(99)),
                Duration.ofNanos(ofThisSlice.getMaxValue())));
        brokenBefore = brokenNow;
        sliceStart = elapsed();
        ofThisSlice.reset();
    }

    synchronized LoadReport report(LoadPlan plan, Duration elapsed) {
        collect();
        return new LoadReport(
                plan,
                elapsed,
                counts(),
                Latency.of(total),
                Duration.ofNanos(silence.get()),
                answerers.counts(),
                List.copyOf(timeline),
                List.copyOf(failures));
    }

    private void collect() {
        interval = recorder.getIntervalHistogram(interval);
        ofThisSlice.add(interval);
        total.add(interval);
    }
}
