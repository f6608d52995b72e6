package dev.baton.load;

import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The load client's command line. */
@Command(
        name = "load",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Puts load on a server and counts, without mercy and without retries, every request that it breaks.",
        footer = {
            "",
            "Exit codes: 0 nothing broke; 1 something broke; 2 usage; 3 it proves nothing, for no answer came or the client ran out of ports."
                    + " Interrupted, it ends by the signal (130, 143), and the report alone tells what broke.",
            "",
            "Example: kept-alive clients, POSTs and lines for half a minute:",
            "  load --target 127.0.0.1:8080 --line-target 127.0.0.1:7000 --mode keepalive=16 --mode post=16 --mode line=4"
        })
public final class LoadClient implements Callable<Integer> {
    private static final int SOMETHING_BROKE = 1;
    private static final int PROVES_NOTHING = 3;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--mode",
            paramLabel = "MODE[=N]",
            defaultValue = "keepalive",
            description = "keepalive, churn, post, idle, slow or line, with N connections. May be given several times."
                    + " Default: ${DEFAULT-VALUE}.")
    private List<String> modes = new ArrayList<>();

    @Option(
            names = "--target",
            paramLabel = "HOST:PORT",
            defaultValue = "127.0.0.1:8080",
            description = "Where HTTP is spoken. Default: ${DEFAULT-VALUE}.")
    private InetSocketAddress target;

    @Option(
            names = "--line-target",
            paramLabel = "HOST:PORT",
            defaultValue = "127.0.0.1:7000",
            description = "Where lines are echoed. Default: ${DEFAULT-VALUE}.")
    private InetSocketAddress lineTarget;

    @Option(
            names = "--path",
            paramLabel = "PATH",
            description = "What to ask for: /path, post:/path, upload:/path (slowly) or download:/path (slowly)."
                    + " Given several times, they take turns. Default: the mode's own.")
    private List<String> paths = new ArrayList<>();

    @Option(
            names = "--connections",
            paramLabel = "N",
            defaultValue = "16",
            description = "Connections of a mode that does not say so itself. Default: ${DEFAULT-VALUE}.")
    private int connections;

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            defaultValue = "30s",
            description = "How long: 500ms, 30s, 2m; 0s means until interrupted. Default: ${DEFAULT-VALUE}.")
    private Duration duration;

    @Option(
            names = "--rate",
            paramLabel = "N/s",
            description =
                    "Requests a second of each mode, sent when due whether or not the server keeps up, with latency"
                            + " counted from when they were due. Default: each client waits for its answer.")
    private Double rate;

    @Option(
            names = "--at-most",
            paramLabel = "N/s",
            description = "Requests a second of each mode that clients who wait for their answers do not exceed."
                    + " Default: 2000/s in churn, for the sake of the ports; no limit elsewhere.")
    private Double atMost;

    @Option(
            names = "--pause",
            paramLabel = "TIME",
            description = "The longest of the random pauses between two requests of a client. Default: 200ms in idle.")
    private Duration pause;

    @Option(
            names = "--slowness",
            paramLabel = "TIME",
            defaultValue = "3s",
            description = "Over how long an upload or a download is spread. Default: ${DEFAULT-VALUE}.")
    private Duration slowness;

    @Option(
            names = "--body",
            paramLabel = "BYTES",
            defaultValue = "1024",
            description = "The size of a POST. Default: ${DEFAULT-VALUE}.")
    private int bodySize;

    @Option(
            names = "--per-connection",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Requests, or lines, after which a client closes by itself; 0 means never. Default: ${DEFAULT-VALUE}.")
    private int requestsPerConnection;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "30s",
            description = "A request without a whole answer by then is broken. Default: ${DEFAULT-VALUE}.")
    private Duration timeout;

    @Option(
            names = "--live",
            paramLabel = "TIME",
            arity = "0..1",
            fallbackValue = "1s",
            description = "Print the counters that often on standard error. Default: every second.")
    private Duration live;

    @Option(names = "--json", description = "Print the report as JSON.")
    private boolean json;

    /** Runs and exits. */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new LoadClient())
                .registerConverter(Duration.class, Notation::duration)
                .registerConverter(Double.class, Notation::rate)
                .registerConverter(InetSocketAddress.class, Notation::address);
    }

    @Override
    public Integer call() throws InterruptedException {
        List<LoadRun> runs = plans().stream().map(Load::start).toList();
        CountDownLatch reported = new CountDownLatch(1);
        Thread onSignal = new Thread(() -> stop(runs, reported), "load-stop");
        Runtime.getRuntime().addShutdownHook(onSignal);
        watch(runs);
        List<LoadReport> reports = runs.stream().map(LoadRun::snapshot).toList();
        report(reports);
        reported.countDown();
        removeHook(onSignal);
        return exitCode(reports);
    }

    /** On a signal the report is still printed, for it is what the user waited for. */
    private static void stop(List<LoadRun> runs, CountDownLatch reported) {
        runs.forEach(LoadRun::stop);
        try {
            reported.await(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            // Then without.
        }
    }

    private List<LoadPlan> plans() {
        try {
            return modes.stream().map(this::plan).toList();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private LoadPlan plan(String text) {
        int equals = text.indexOf('=');
        Mode mode = Mode.named(equals < 0 ? text : text.substring(0, equals));
        LoadPlan plan = LoadPlan.of(mode, mode == Mode.LINE ? lineTarget : target)
                .withConnections(equals < 0 ? connections : Notation.count(text.substring(equals + 1)))
                .withDuration(duration)
                .withSlowness(slowness)
                .withBodySize(bodySize)
                .withRequestsPerConnection(requestsPerConnection)
                .withTimeout(timeout);
        if (!paths.isEmpty() && mode != Mode.LINE) {
            plan = plan.withPaths(paths.toArray(String[]::new));
        }
        if (pause != null) {
            plan = plan.withPause(pause);
        }
        if (atMost != null) {
            plan = plan.withAtMost(atMost);
        }
        return rate == null ? plan : plan.withRate(rate);
    }

    private void watch(List<LoadRun> runs) throws InterruptedException {
        long frame = live == null ? Long.MAX_VALUE : Math.max(1, live.toMillis());
        for (LoadRun run : runs) {
            while (!run.await(frame, TimeUnit.MILLISECONDS)) {
                if (live != null) {
                    PrintWriter err = spec.commandLine().getErr();
                    runs.forEach(each -> err.println(each.plan().mode() + " " + each.counts()));
                    err.flush();
                }
            }
        }
    }

    private void report(List<LoadReport> reports) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(ReportJson.of(reports));
        } else {
            out.print(ReportTable.of(reports));
            out.println(verdict(reports));
        }
        out.flush();
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The machine is already shutting down: it was the hook that ended the runs.
        }
    }

    private static String verdict(List<LoadReport> reports) {
        return switch (exitCode(reports)) {
            case SOMETHING_BROKE ->
                reports.stream().mapToLong(r -> r.counts().broken()).sum() + " requests broke.";
            case PROVES_NOTHING -> "It proves nothing: of a mode no answer came, or the client had trouble of its own.";
            default -> "Nothing broke.";
        };
    }

    private static int exitCode(List<LoadReport> reports) {
        if (reports.stream().anyMatch(report -> report.counts().broken() > 0)) {
            return SOMETHING_BROKE;
        }
        return reports.stream().allMatch(report -> report.counts().clean()) ? 0 : PROVES_NOTHING;
    }
}
