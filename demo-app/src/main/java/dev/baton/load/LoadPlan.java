package dev.baton.load;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * What load to put on which address. Start from {@link #of} and change what should differ.
 *
 * @param mode how the clients behave
 * @param target where they connect
 * @param paths what they ask for, in turn: {@code /path}, {@code post:/path}, {@code upload:/path} or {@code download:/path}
 * @param connections how many clients, each with one connection at a time
 * @param duration how long; zero means until stopped
 * @param rate requests a second of all clients together, sent when they are due whether or not the server keeps up (open loop), with
 *     latency measured from when they were due, each client in its turn; zero means each client waits for its answer (closed loop)
 * @param atMost requests a second that a closed loop does not exceed, but for the last of each client; zero means no limit
 * @param timeout a request without a whole answer after this time is broken
 * @param pause the longest of the random pauses between two requests of one client
 * @param slowness over how long an {@code upload:} or a {@code download:} is spread
 * @param bodySize bytes in a POST
 * @param requestsPerConnection after how many requests (or lines) a client closes by its own choice; zero means never
 * @param resolution how long a {@link Slice} of the report's timeline is
 */
public record LoadPlan(
        Mode mode,
        InetSocketAddress target,
        List<String> paths,
        int connections,
        Duration duration,
        double rate,
        double atMost,
        Duration timeout,
        Duration pause,
        Duration slowness,
        int bodySize,
        int requestsPerConnection,
        Duration resolution) {

    /** An echoed body larger than what the kernel buffers would need two threads a client. */
    private static final int LARGEST_BODY = 64 * 1024;

    /** Checks what was asked for. */
    public LoadPlan {
        Objects.requireNonNull(mode);
        Objects.requireNonNull(target);
        paths = List.copyOf(paths);
        check(!paths.isEmpty(), "nothing to ask for: name at least one path");
        paths.forEach(Exchange::parse);
        check(connections > 0, "connections must be at least 1, not " + connections);
        check(!duration.isNegative(), "duration must not be negative");
        check(rate >= 0 && atMost >= 0, "a rate must not be negative");
        check(timeout.toMillis() > 0, "the timeout must be at least a millisecond");
        check(!pause.isNegative() && !slowness.isNegative(), "a pause must not be negative");
        check(
                bodySize >= 16 && bodySize <= LARGEST_BODY,
                "a body has 16 to " + LARGEST_BODY + " bytes, not " + bodySize);
        check(requestsPerConnection >= 0, "requests per connection must not be negative");
        check(resolution.toMillis() > 0, "the resolution must be at least a millisecond");
        if (target.isUnresolved()) {
            throw new IllegalArgumentException("can't find the host " + target.getHostString());
        }
    }

    /** The mode's ordinary load: four clients, until stopped, as fast as the answers come. */
    public static LoadPlan of(Mode mode, InetSocketAddress target) {
        return new LoadPlan(
                mode,
                target,
                mode.paths(),
                4,
                Duration.ZERO,
                0,
                mode.atMost(),
                Duration.ofSeconds(30),
                mode.pause(),
                Duration.ofSeconds(3),
                1024,
                0,
                Duration.ofSeconds(1));
    }

    /** Whether clients leave connections idle. Each then sends a last request when the run is over, to see that its own still serves. */
    boolean waitsBetweenRequests() {
        return !pause.isZero() || rate > 0 || atMost > 0;
    }

    private static void check(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    /** These paths, in turn; see {@link #paths}. */
    public LoadPlan withPaths(String... wanted) {
        return with(draft -> draft.paths = List.of(wanted));
    }

    /** So many clients. */
    public LoadPlan withConnections(int wanted) {
        return with(draft -> draft.connections = wanted);
    }

    /** For so long; zero means until stopped. */
    public LoadPlan withDuration(Duration wanted) {
        return with(draft -> draft.duration = wanted);
    }

    /** So many requests a second, open loop. */
    public LoadPlan withRate(double wanted) {
        return with(draft -> {
            draft.rate = wanted;
            draft.atMost = 0;
        });
    }

    /** A closed loop with no more than so many requests a second; zero means no limit. */
    public LoadPlan withAtMost(double wanted) {
        return with(draft -> {
            draft.rate = 0;
            draft.atMost = wanted;
        });
    }

    /** How long a request may take. */
    public LoadPlan withTimeout(Duration wanted) {
        return with(draft -> draft.timeout = wanted);
    }

    /** The longest pause between two requests of one client. */
    public LoadPlan withPause(Duration wanted) {
        return with(draft -> draft.pause = wanted);
    }

    /** Over how long an upload or a download is spread. */
    public LoadPlan withSlowness(Duration wanted) {
        return with(draft -> draft.slowness = wanted);
    }

    /** Bytes in a POST. */
    public LoadPlan withBodySize(int wanted) {
        return with(draft -> draft.bodySize = wanted);
    }

    /** Requests, or lines, after which a client closes by its own choice; zero means never. */
    public LoadPlan withRequestsPerConnection(int wanted) {
        return with(draft -> draft.requestsPerConnection = wanted);
    }

    /** How long a slice of the timeline is. */
    public LoadPlan withResolution(Duration wanted) {
        return with(draft -> draft.resolution = wanted);
    }

    private LoadPlan with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.plan();
    }

    /** A plan in the middle of a change. */
    private static final class Draft {
        private final Mode mode;
        private final InetSocketAddress target;
        private List<String> paths;
        private int connections;
        private Duration duration;
        private double rate;
        private double atMost;
        private Duration timeout;
        private Duration pause;
        private Duration slowness;
        private int bodySize;
        private int requestsPerConnection;
        private Duration resolution;

        Draft(LoadPlan plan) {
            mode = plan.mode;
            target = plan.target;
            paths = plan.paths;
            connections = plan.connections;
            duration = plan.duration;
            rate = plan.rate;
            atMost = plan.atMost;
            timeout = plan.timeout;
            pause = plan.pause;
            slowness = plan.slowness;
            bodySize = plan.bodySize;
            requestsPerConnection = plan.requestsPerConnection;
            resolution = plan.resolution;
        }

        LoadPlan plan() {
            return new LoadPlan(
                    mode,
                    target,
                    paths,
                    connections,
                    duration,
                    rate,
                    atMost,
                    timeout,
                    pause,
                    slowness,
                    bodySize,
                    requestsPerConnection,
                    resolution);
        }
    }
}
