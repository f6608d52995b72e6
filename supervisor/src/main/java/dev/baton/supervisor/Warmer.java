package dev.baton.supervisor;

import dev.baton.handover.DaemonThread;
import dev.baton.handover.Libc;
import dev.baton.handover.LibcException;
import dev.baton.handover.Traffic;
import dev.baton.supervisor.http.HttpCall;
import dev.baton.supervisor.http.HttpVolley;
import java.io.IOException;
import java.net.SocketAddress;
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
    private static final List<Integer> STAYING = List.of(20, 200);

    /**
     * And then, if clients do so: what makes and ends connections has not run often enough to be compiled by those, and
     * would be when clients come, many at once.
     */
    private static final List<Integer> COMING = List.of(1, 1);

    /** As often as HotSpot's optimizing compiler wants to have seen a method, {@code Tier4InvocationThreshold}. */
    private static final int CONNECTIONS = 5_000;

    /** As many as come together at once: a server has code for that alone, too. */
    private static final int CROWD = 16;

    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final int LEAST = 19;
    private static final Duration REST = Duration.ofMillis(100);

    /** So many failures in a row, and nothing else is to be expected. */
    private static final int TOO_MANY = 10;

    private final WarmUp warmUp;
    private final boolean clientsStay;
    private final BooleanSupplier wanted;
    private final List<HttpCall> calls;
    private final int pid;
    private Settling settling;
    private int sent;
    private int answered;
    private int errors;
    private int failed;
    private int failedInARow;
    private boolean stopped;
    private Optional<Duration> first = Optional.empty();
    private Optional<Duration> last = Optional.empty();
    private Optional<String> trouble = Optional.empty();

    private Warmer(WarmUp warmUp, boolean clientsStay, int pid, BooleanSupplier wanted) {
        this.warmUp = warmUp;
        this.clientsStay = clientsStay;
        this.wanted = wanted;
        this.calls = Stream.of(HttpCall.Client.values())
                .flatMap(client -> warmUp.requests().stream()
                        .map(WarmUp::words)
                        .map(words -> new HttpCall(words[0], words[1], client)))
                .toList();
        this.pid = pid;
        this.settling = settling(0);
    }

    /**
     * Sends them, and returns at once.
     *
     * @param served what clients have had of the worker that is to be replaced
     * @param pid the candidate's
     * @param address the private one, as a listener's is written
     * @param wanted asked before each request whether it is still to be sent
     * @param done told once
     */
    static void warm(
            WarmUp warmUp, Traffic served, int pid, String address, BooleanSupplier wanted, Consumer<Warmth> done) {
        boolean clientsStay = clientsStay(served);
        try {
            DaemonThread.start(
                    "baton-warm-up", () -> done.accept(new Warmer(warmUp, clientsStay, pid, wanted).run(address)));
        } catch (IOException e) {
            done.accept(Warmth.none(Warmth.End.FAILED, "baton could not ask: " + e.getMessage()));
        }
    }

    /**
     * Whether clients make no more connections for their requests than {@link #STAYING} do; not where requests are not
     * counted.
     */
    static boolean clientsStay(Traffic served) {
        double connections =
                STAYING.stream().mapToDouble(each -> 1.0 / each).average().orElseThrow();
        return served.accepted() < served.requests() * connections;
    }

    private Warmth run(String address) {
        standBack();
        long deadline = System.nanoTime() + warmUp.timeout().toNanos();
        try {
            SocketAddress to = Questioner.socket(address, Inquiry.Where.PRIVATE);
            if (!fire(to, STAYING, deadline)) {
                return warmth(Warmth.End.TIMEOUT);
            }
            if (end() == Warmth.End.SETTLED && !clientsStay) {
                last = latest();
                settling = settling(CONNECTIONS);
                if (!fire(to, COMING, deadline)) {
                    return warmth(Warmth.End.SETTLED); // as far as answers go; the rest had the time that was left
                }
            }
            return warmth(end());
        } catch (IOException | RuntimeException e) {
            LOG.debug("warm-up={} failed", warmUp, e);
            trouble = Optional.of(Questioner.harmless(String.valueOf(e.getMessage())));
            return warmth(Warmth.End.FAILED);
        }
    }

    /** As the candidate does: what asks it is as much in the way of those that are served. */
    private static void standBack() {
        try {
            Libc.setNice(LEAST);
            TimeSlice.shorten();
        } catch (LibcException e) {
            LOG.debug("a warm-up has the priority of others", e);
        }
    }

    private boolean fire(SocketAddress to, List<Integer> each, long deadline) throws IOException {
        Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
        return new HttpVolley(to, each, CROWD, PAUSE, left, REST).fire(this);
    }

    private Settling settling(int least) {
        return new Settling(calls.size(), least, OptimizingCompiler.of(pid)::isBusy);
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
        return new Warmth(answered, errors, failed, end, first, last.or(this::latest), trouble);
    }

    private Optional<Duration> latest() {
        return Optional.of(Duration.ofNanos(settling.latest())).filter(time -> !time.isZero());
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
