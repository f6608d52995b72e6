package dev.baton.process;

import static org.awaitility.Awaitility.await;

import dev.baton.load.Load;
import dev.baton.load.LoadPlan;
import dev.baton.load.LoadReport;
import dev.baton.load.LoadRun;
import dev.baton.load.Mode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Every kind of client at once, at rates that leave the machine time to start workers. */
final class MixedLoad implements AutoCloseable {
    private final List<LoadRun> runs;

    private MixedLoad(List<LoadRun> runs) {
        this.runs = runs;
    }

    static MixedLoad on(RunningBaton baton) throws IOException {
        InetSocketAddress http = baton.address("http");
        InetSocketAddress line = baton.address("line");
        return new MixedLoad(List.of(
                Load.start(LoadPlan.of(Mode.KEEPALIVE, http).withConnections(8).withAtMost(400)),
                churn(http),
                Load.start(LoadPlan.of(Mode.POST, http).withConnections(8).withAtMost(200)),
                Load.start(LoadPlan.of(Mode.IDLE, http).withConnections(16)),
                Load.start(LoadPlan.of(Mode.SLOW, http)
                        .withConnections(4)
                        .withPaths("/slow?ms=300", "upload:/echo", "/stream?lines=10&ms=20", "download:/file")
                        .withSlowness(Duration.ofMillis(300))),
                Load.start(LoadPlan.of(Mode.LINE, line).withConnections(8).withAtMost(200))));
    }

    /** Only the kinds that a server can answer which knows one page: kept alive, and a connection for each. */
    static MixedLoad onOnePage(RunningBaton baton) throws IOException {
        InetSocketAddress http = baton.address("http");
        return new MixedLoad(List.of(
                Load.start(LoadPlan.of(Mode.KEEPALIVE, http).withConnections(8).withAtMost(200)), churn(http)));
    }

    /** A connection for each request, which is all that some servers can be asked. */
    static LoadRun churn(InetSocketAddress http) throws IOException {
        return Load.start(LoadPlan.of(Mode.CHURN, http).withConnections(4).withAtMost(150));
    }

    /** Waits until clients of every kind have heard from this generation. */
    void awaitAnswersFrom(int generation) {
        await().atMost(RunningBaton.PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> runs.stream()
                        .allMatch(run -> run.snapshot().generations().containsKey(generation)));
    }

    /** Waits until clients of every kind have had some more answers than now. */
    void awaitMoreAnswers() {
        Map<LoadRun, Long> now = new HashMap<>();
        runs.forEach(run -> now.put(run, run.snapshot().counts().ok()));
        await().atMost(RunningBaton.PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() ->
                        runs.stream().allMatch(run -> run.snapshot().counts().ok() >= now.get(run) + 3));
    }

    /** Waits until clients who connect anew each time have heard from this generation: the others stay where they are. */
    void awaitAnswersOfNewConnectionsFrom(int generation) {
        await().atMost(RunningBaton.PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> runs.stream()
                        .filter(run -> run.plan().mode() == Mode.CHURN)
                        .allMatch(run -> run.snapshot().generations().containsKey(generation)));
    }

    /** No more requests; waits for the answers, and says how each kind has fared. */
    Map<Mode, LoadReport> stop() {
        Map<Mode, LoadReport> reports = new EnumMap<>(Mode.class);
        runs.forEach(run -> reports.put(run.plan().mode(), run.stop()));
        return reports;
    }

    @Override
    public void close() {
        runs.forEach(LoadRun::close);
    }
}
