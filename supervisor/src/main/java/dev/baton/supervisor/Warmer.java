package dev.baton.supervisor;

import dev.baton.supervisor.http.HttpCall;
import dev.baton.supervisor.http.HttpVolley;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a candidate the requests of its warm-up. Like a {@link Questioner}'s, its answers are not to be trusted: nothing
 * is kept of them.
 *
 * <p>Threading: each warm-up has a thread of its own, which ends with the warm-up's timeout at the latest.
 */
final class Warmer implements HttpVolley.Course {
    private static final Logger LOG = LoggerFactory.getLogger(Warmer.class);

    /**
     * How many requests there are on a connection, of which there are a few at a time: the candidate is to compile,
     * while the active worker serves on the same processors. Clients come and go, and most announce that they go; some
     * stay for long. What has only ever seen the one is compiled for that alone, and thrown away at the first of the
     * other.
     */
    private static final List<Integer> CALLS = List.of(20, 200);

    private static final Duration REST = Duration.ofMillis(100);

    /** So many failures in a row, and nothing else is to be expected. */
    private static final int TOO_MANY = 10;

    private final WarmUp warmUp;
    private final BooleanSupplier wanted;
    private final List<HttpCall> calls;
    private final Settling settling;
    private int sent;
    private int answered;
    private int errors;
    private int failed;
    private int failedInARow;
    private boolean stopped;
    private Optional<Duration> first = Optional.empty();
    private Optional<String> trouble = Optional.empty();

    private Warmer(WarmUp warmUp, int pid, BooleanSupplier wanted) {
        this.warmUp = warmUp;
        this.wanted = wanted;
        this.calls = Stream.of(HttpCall.Client.values())
                .flatMap(client -> warmUp.requests().stream()
                        .map(WarmUp::words)
                        .map(words -> new HttpCall(words[0], words[1], client)))
                .toList();
        this.settling = new Settling(calls.size(), OptimizingCompiler.of(pid)::isBusy);
    }

    /**
     * Sends them, and returns at once.
     *
     * @param pid the candidate's
     * @param address the private one, as a listener's is written
     * @param wanted asked before each request whether it is still to be sent
     * @param done told once
     */
    static void warm(WarmUp warmUp, int pid, String address, BooleanSupplier wanted, Consumer<Warmth> done) {
        Thread thread = new Thread(() -> done.accept(new Warmer(warmUp, pid, wanted).run(address)), "baton-warm-up");
        thread.setDaemon(true);
        try {
            thread.start();
        } catch (OutOfMemoryError e) {
            done.accept(Warmth.none(Warmth.End.FAILED, "baton could not ask: " + e.getMessage()));
        }
    }

    private Warmth run(String address) {
        try {
            HttpVolley volley =
                    new HttpVolley(Questioner.socket(address, Inquiry.Where.PRIVATE), CALLS, warmUp.timeout(), REST);
            boolean inTime = volley.fire(this);
            return warmth(inTime ? end() : Warmth.End.TIMEOUT);
        } catch (IOException | RuntimeException e) {
            LOG.debug("warm-up={} failed", warmUp, e);
            trouble = Optional.of(Questioner.harmless(String.valueOf(e.getMessage())));
            return warmth(Warmth.End.FAILED);
        }
    }

    private boolean isDone() {
        return warmUp.count().isPresent() ? sent >= warmUp.count().getAsInt() : settling.isOver();
    }

    private Warmth.End end() {
        if (isDone()) {
            return warmUp.count().isPresent() ? Warmth.End.COUNT : Warmth.End.SETTLED;
        }
        return stopped ? Warmth.End.STOPPED : Warmth.End.FAILED;
    }

    private Warmth warmth(Warmth.End end) {
        Optional<Duration> last =
                Optional.of(Duration.ofNanos(settling.latest())).filter(time -> !time.isZero());
        return new Warmth(answered, errors, failed, end, first, last, trouble);
    }

    @Override
    public Optional<HttpCall> next() {
        stopped |= !wanted.getAsBoolean();
        if (stopped || isDone() || failedInARow >= TOO_MANY) {
            return Optional.empty();
        }
        return Optional.of(calls.get(sent++ % calls.size()));
    }

    @Override
    public void onAnswer(HttpCall call, int status, long nanos) {
        answered++;
        failedInARow = 0;
        if (first.isEmpty()) {
            first = Optional.of(Duration.ofNanos(nanos));
        }
        settling.took(nanos);
        if (status >= 400) {
            errors++;
            trouble = Optional.of(call + ": " + status);
        }
    }

    @Override
    public void onFailure(HttpCall call, String why) {
        failed++;
        failedInARow++;
        trouble = Optional.of(Questioner.harmless(call + ": " + why));
    }
}
