package dev.baton.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The demonstration: starts a supervisor with the demo application, puts mixed load on it, replaces it a few times before
 * the viewer's eyes, and gives a verdict. What it does, it does with {@code baton}'s own command line.
 */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Replaces a running server under load, and counts what broke.")
public final class UpgradeShow implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration FRAME = Duration.ofMillis(500);
    private static final int LINE_PORT = 7000;

    @Option(names = "--baton", required = true, hidden = true, description = "the command line, scripts/baton")
    private Path baton;

    @Option(names = "--jar", required = true, hidden = true, description = "the application, demo-app.jar")
    private Path jar;

    @Option(names = "--log", required = true, hidden = true, description = "where the supervisor's output goes")
    private Path log;

    @Option(names = "--app", defaultValue = "demo", description = "the application's name (default: ${DEFAULT-VALUE})")
    private String app;

    @Option(names = "--upgrades", defaultValue = "5", description = "how many (default: ${DEFAULT-VALUE})")
    private int upgrades;

    @Option(
            names = "--requests",
            defaultValue = "0",
            description = "go on until so many were answered (default: ${DEFAULT-VALUE})")
    private long requests;

    @Option(
            names = "--port",
            defaultValue = "8080",
            description = "for HTTP, if it is free (default: ${DEFAULT-VALUE})")
    private int port;

    @Option(names = "--patience", defaultValue = "60", hidden = true, description = "seconds without any answer")
    private int patience;

    @Option(names = "--live", hidden = true, description = "redraw a table in place: for a terminal")
    private boolean live;

    @Option(names = "--serve", description = "leave it running afterwards")
    private boolean serve;

    private final List<LoadRun> runs = new ArrayList<>();
    /** Whatever the supervisor has started, workers first of all, noted down while it lives: later nobody could tell. */
    private final Set<ProcessHandle> started = ConcurrentHashMap.newKeySet();

    private ShowTable table;
    private Process supervisor;
    private int upgraded;
    private int failed;
    private long answered;
    private long answeredAt;
    /** Why the show ends early; null as long as it goes on. */
    private String ending;

    /** Exits with 0 if nothing broke, 1 if something did, 2 if the show could not go on. */
    public static void main(String[] arguments) {
        // scripts/soak gives its own values first; what the user gives after them counts.
        System.exit(new CommandLine(new UpgradeShow())
                .setOverwrittenOptionsAllowed(true)
                .setExecutionExceptionHandler((failure, line, parsed) -> fail(failure, line))
                .execute(arguments));
    }

    private static int fail(Exception failure, CommandLine line) {
        Object why = failure instanceof IOException ? failure.getMessage() : failure;
        line.getErr().println("The show could not go on: " + why);
        return 2;
    }

    @Override
    public Integer call() throws Exception {
        InetSocketAddress http;
        InetSocketAddress line;
        try (ServerSocket first = free(port);
                ServerSocket second = free(LINE_PORT)) { // held together, for the first may have taken the other's port
            http = new InetSocketAddress("127.0.0.1", first.getLocalPort());
            line = new InetSocketAddress("127.0.0.1", second.getLocalPort());
        }
        table = new ShowTable(System.out, live);
        Runtime.getRuntime().addShutdownHook(new Thread(this::end, "demo-end"));
        supervisor = start(http, line);
        if (!answers(http)) {
            System.out.println("The demo application did not start. What the supervisor said is in " + log);
            return 2;
        }
        table.say("Serving v1 at http://127.0.0.1:" + http.getPort() + " and, line by line, at 127.0.0.1:"
                + line.getPort());
        startLoad(http, line);
        rest(Duration.ofSeconds(2), "v1 serves");
        for (int version = 2; goesOn() && version <= upgrades + 1; version++) {
            upgrade(version);
            rest(Duration.ofSeconds(1), "v" + version + " serves");
        }
        while (goesOn() && answered < requests) {
            rest(Duration.ofSeconds(1), "v" + (upgrades + 1) + " serves");
        }
        List<LoadReport> reports = reports();
        table.draw("over", reports);
        boolean good = table.verdict(reports, upgraded, failed, shortfall());
        if (serve && good) {
            leaveRunning(http);
        }
        return good ? 0 : 1;
    }

    /** It ends early where nothing more is to be seen: a supervisor that lives proves nothing by itself. */
    private boolean goesOn() {
        if (!supervisor.isAlive()) {
            ending = "The supervisor ended before the show did";
        } else if (ending == null && System.nanoTime() - answeredAt > TimeUnit.SECONDS.toNanos(patience)) {
            ending = "Nothing was answered for " + patience + " s";
        }
        return ending == null;
    }

    /** Why there is no proof, though perhaps nothing broke. */
    private Optional<String> shortfall() {
        return goesOn()
                ? Optional.empty()
                : Optional.of(ending + ", after " + answered + (requests > 0 ? " of " + requests : "")
                        + " requests. What the supervisor said is in " + log);
    }

    /** All clients end at once: where nobody answers, each waits as long as a request may take. */
    private List<LoadReport> reports() {
        List<CompletableFuture<LoadReport>> reports = runs.stream()
                .map(run -> CompletableFuture.supplyAsync(run::stop, task -> new Thread(task, "demo-stop").start()))
                .toList();
        return reports.stream().map(CompletableFuture::join).toList();
    }

    private Process start(InetSocketAddress http, InetSocketAddress line) throws IOException {
        List<String> command = new ArrayList<>(List.of(baton.toString(), "run", "--app", app));
        command.addAll(List.of("--listen", "http=" + text(http), "--listen", "line=" + text(line)));
        command.addAll(List.of("--bake", "1s", "--drain", "20s", "--"));
        command.addAll(application(1));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    private List<String> application(int version) {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return List.of(java, "-Xmx128m", "-jar", jar.toString(), "--label", "v" + version);
    }

    /** The connection waits in the listener's queue until the application accepts. */
    private boolean answers(InetSocketAddress http) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline && supervisor.isAlive()) {
            try (Socket socket = new Socket(http.getAddress(), http.getPort())) {
                socket.setSoTimeout((int) PATIENCE.toMillis());
                socket.getOutputStream().write("GET /health HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                InputStream answer = socket.getInputStream();
                return new String(answer.readAllBytes(), StandardCharsets.US_ASCII).contains(" 200 ");
            } catch (IOException e) {
                TimeUnit.MILLISECONDS.sleep(50); // the supervisor has not bound it yet
            }
        }
        return false;
    }

    private void startLoad(InetSocketAddress http, InetSocketAddress line) {
        runs.add(Load.start(LoadPlan.of(Mode.KEEPALIVE, http).withConnections(8).withAtMost(2000)));
        runs.add(Load.start(LoadPlan.of(Mode.POST, http).withConnections(4).withAtMost(500)));
        runs.add(Load.start(LoadPlan.of(Mode.IDLE, http).withConnections(32)));
        runs.add(Load.start(LoadPlan.of(Mode.CHURN, http).withConnections(4).withAtMost(300)));
        runs.add(Load.start(LoadPlan.of(Mode.SLOW, http).withConnections(4)));
        runs.add(Load.start(LoadPlan.of(Mode.LINE, line).withConnections(8).withAtMost(500)));
        answeredAt = System.nanoTime();
    }

    private void upgrade(int version) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(baton.toString(), "upgrade", "--app", app, "--"));
        command.addAll(application(version));
        Process upgrade = new ProcessBuilder(command).redirectErrorStream(true).start();
        upgrade.getOutputStream().close();
        String title = "v" + (version - 1) + " → v" + version;
        Thread reader = new Thread(() -> follow(upgrade, title), "demo-upgrade");
        reader.start();
        long start = System.nanoTime();
        long longest = 2L * patience; // a candidate that does not get ready takes one
        while (!upgrade.waitFor(FRAME.toMillis(), TimeUnit.MILLISECONDS)) {
            frame(title);
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(longest)) {
                ending = "An upgrade did not end in " + longest + " s";
                upgrade.destroyForcibly();
            }
        }
        reader.join();
        if (upgrade.exitValue() == 0) {
            upgraded++;
        } else {
            failed++;
            table.say(title + " failed with exit code " + upgrade.exitValue());
        }
    }

    private void follow(Process upgrade, String title) {
        try (BufferedReader output = upgrade.inputReader(StandardCharsets.UTF_8)) {
            String text;
            while ((text = output.readLine()) != null) {
                table.say(title + "  " + text);
            }
        } catch (IOException e) {
            table.say(title + "  its output was lost: " + e.getMessage());
        }
    }

    private void rest(Duration duration, String title) throws InterruptedException {
        long end = System.nanoTime() + duration.toNanos();
        while (System.nanoTime() < end) {
            frame(title);
            TimeUnit.NANOSECONDS.sleep(FRAME.toNanos());
        }
    }

    private void frame(String title) {
        if (supervisor.isAlive()) {
            supervisor.descendants().forEach(started::add);
        }
        long sum = runs.stream().mapToLong(run -> run.counts().ok()).sum();
        if (sum > answered) {
            answered = sum;
            answeredAt = System.nanoTime();
        }
        table.draw(title, snapshots());
    }

    private List<LoadReport> snapshots() {
        return runs.stream().map(LoadRun::snapshot).toList();
    }

    private void leaveRunning(InetSocketAddress http) throws InterruptedException {
        System.out.printf("""

                It goes on serving. Try, in another terminal:

                  curl http://127.0.0.1:%d/
                  %s status --app %s
                  %s upgrade --app %s -- java -jar %s --label mine
                  %s stop --app %s

                Ctrl-C ends it.
                """, http.getPort(), baton, app, baton, app, jar, baton, app);
        supervisor.waitFor();
    }

    /**
     * However the show ends, nothing stays behind: a supervisor that is told to end drains and stops its workers, and those
     * of one that died are ended here.
     */
    private void end() {
        if (supervisor == null) {
            return;
        }
        supervisor.destroy();
        try {
            if (!supervisor.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                supervisor.destroyForcibly();
            }
        } catch (InterruptedException e) {
            supervisor.destroyForcibly();
        }
        started.forEach(ProcessHandle::destroyForcibly);
    }

    private static ServerSocket free(int wanted) throws IOException {
        InetAddress loopback = InetAddress.getByName("127.0.0.1");
        try {
            return new ServerSocket(wanted, 1, loopback);
        } catch (IOException e) {
            return new ServerSocket(0, 1, loopback);
        }
    }

    private static String text(InetSocketAddress address) {
        return "127.0.0.1:" + address.getPort();
    }
}
