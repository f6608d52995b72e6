package dev.baton.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.baton.supervisor.control.ControlClient;
import dev.baton.supervisor.control.JsonObject;
import dev.baton.supervisor.control.NoSupervisorException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A supervisor in a process of its own, with real workers, and a runtime directory that no other one has.
 *
 * <p>Ownership: {@link #close} ends it and all that it has started, however it is; what a test asserts of its end it
 * asserts before.
 */
final class RunningBaton implements AutoCloseable {
    /** How long a test waits for what must come: much longer than it takes, for a machine may be very busy. */
    static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final Duration POLL = Duration.ofMillis(20);

    private final Path directory;
    private final List<String> earlier = new ArrayList<>();
    private Process process;
    private Lines lines;

    private RunningBaton(Path directory, Process process) {
        this.directory = directory;
        this.process = process;
        this.lines = new Lines(process, "baton-output");
        OutputOnFailure.add(this);
    }

    /** SIGKILL: it can do nothing more, and its workers are on their own. */
    void dies() throws IOException, InterruptedException {
        signal("KILL");
        awaitEnd();
    }

    /** Another one in the place of one that has ended, which finds what that has left; waits until a worker serves. */
    void runAgain(Builder builder) throws IOException {
        earlier.addAll(lines.all());
        process = builder.start(directory);
        lines = new Lines(process, "baton-output");
        awaitServing();
    }

    /** How a supervisor is to be started: by default on {@code http} and {@code line}, without a bake time. */
    static final class Builder {
        private final Map<String, String> listeners = new LinkedHashMap<>();
        private final Map<String, String> flags = new LinkedHashMap<>();
        private final Map<String, String> environment = new LinkedHashMap<>();
        private List<String> before = List.of();
        private List<String> program = Places.baton();
        private Path config;
        private SecondUser owner;
        private List<String> command = Places.demo("v1");

        private Builder() {
            flags.put("--app", "it");
            flags.put("--bake", "0s");
        }

        /** A listener; the kernel chooses the port where it is 0, which is what keeps tests out of each other's way. */
        Builder listen(String name, String address) {
            listeners.put(name, address);
            return this;
        }

        Builder flag(String name, String value) {
            flags.put(name, value);
            return this;
        }

        /** In the supervisor's environment. */
        Builder environment(String name, String value) {
            environment.put(name, value);
            return this;
        }

        /** A demo application of this label. */
        Builder label(String label, String... more) {
            return command(Places.demo(label, more));
        }

        Builder command(List<String> words) {
            command = words;
            return this;
        }

        /** What stands before the supervisor's own command, like setpriv(1). */
        Builder before(String... words) {
            before = List.of(words);
            return this;
        }

        /** What baton is started by, up to its own command. */
        Builder program(String... words) {
            program = List.of(words);
            return this;
        }

        /** The supervisor is this user's. */
        Builder as(SecondUser user) {
            owner = user;
            return before(user.before());
        }

        /** A file that says all that there is to say, but for the application's name. */
        Builder config(Path file) {
            config = file;
            return this;
        }

        /** A file that says the name, too, or is called that. */
        Builder configWithName(Path file) {
            flags.remove("--app");
            return config(file);
        }

        /** The whole command line. */
        List<String> words() {
            List<String> words = new ArrayList<>(before);
            words.addAll(program);
            words.add("run");
            if (config != null) {
                if (flags.containsKey("--app")) {
                    words.addAll(List.of("--app", flags.get("--app")));
                }
                words.addAll(List.of("--config", config.toString()));
                return words;
            }
            Map<String, String> wanted =
                    listeners.isEmpty() ? Map.of("http", "127.0.0.1:0", "line", "127.0.0.1:0") : listeners;
            wanted.forEach((name, address) -> words.addAll(List.of("--listen", name + "=" + address)));
            flags.forEach((name, value) -> words.addAll(List.of(name, value)));
            words.add("--");
            words.addAll(command);
            return words;
        }

        /** Starts it, and returns at once. */
        RunningBaton launch() throws IOException {
            Path directory = Files.createTempDirectory("baton-it-");
            if (owner != null) {
                Files.setAttribute(directory, "unix:uid", owner.uid());
            }
            return new RunningBaton(directory, start(directory));
        }

        private Process start(Path directory) throws IOException {
            ProcessBuilder builder = new ProcessBuilder(words())
                    .redirectErrorStream(true)
                    .redirectInput(Path.of("/dev/null").toFile());
            builder.environment().putAll(environment);
            builder.environment().put("RUNTIME_DIRECTORY", directory.toString());
            return builder.start();
        }

        /** Starts it, and waits until a worker serves. */
        RunningBaton start() throws IOException {
            RunningBaton baton = launch();
            try {
                baton.awaitServing();
                return baton;
            } catch (RuntimeException | Error e) {
                baton.close();
                throw e;
            }
        }
    }

    static Builder builder() {
        return new Builder();
    }

    private void awaitServing() {
        await().atMost(PATIENCE).pollInterval(POLL).until(() -> {
            if (!process.isAlive()) {
                fail("the supervisor has ended with " + process.exitValue() + ":\n" + String.join("\n", lines.whole()));
            }
            return isHealthy();
        });
    }

    /** Whether a worker accepts, as the supervisor has it. */
    boolean isHealthy() {
        try {
            return Files.exists(socket()) && control().get("/healthz").status() == 200;
        } catch (NoSupervisorException e) {
            return false;
        }
    }

    // ---- asking it ----

    Path directory() {
        return directory;
    }

    Path socket() {
        return directory.resolve("control.sock");
    }

    /** Its control socket, with patience for whole upgrades. */
    ControlClient control() {
        return new ControlClient(socket(), PATIENCE.multipliedBy(2), PATIENCE.multipliedBy(2));
    }

    JsonObject status() throws NoSupervisorException {
        ControlClient.Reply reply = control().get("/v1/status");
        assertEquals(200, reply.status(), reply.body());
        return reply.json();
    }

    /** The pids of its workers, by generation. */
    Map<Integer, Long> workers() throws NoSupervisorException {
        Map<Integer, Long> pids = new TreeMap<>();
        for (JsonObject worker : status().objects("workers")) {
            pids.put((int) worker.number("generation"), worker.number("pid"));
        }
        return pids;
    }

    /** What the status says of the worker of this generation. */
    Optional<JsonObject> worker(int generation) throws NoSupervisorException {
        return status().objects("workers").stream()
                .filter(worker -> worker.number("generation") == generation)
                .findFirst();
    }

    /** Whether the worker of this generation answers somebody. */
    boolean isBusy(int generation) throws NoSupervisorException {
        return worker(generation)
                .filter(worker -> worker.object("connections").number("active") > 0)
                .isPresent();
    }

    /** Where the listener of this name can be reached. */
    InetSocketAddress address(String name) throws IOException {
        for (JsonObject listener : status().objects("listeners")) {
            if (listener.text("name").equals(name)) {
                String address = listener.text("address");
                int colon = address.lastIndexOf(':');
                String host = address.substring(0, colon).replaceAll("[\\[\\]]", "");
                return new InetSocketAddress(
                        InetAddress.getByName(host), Integer.parseInt(address.substring(colon + 1)));
            }
        }
        throw new IOException("no listener is called " + name);
    }

    /** Upgrades to the demo of this label, waits, and says how it ended, whether well or badly. */
    JsonObject upgrade(String label) throws NoSupervisorException {
        return upgrade(Places.demo(label)).json();
    }

    /** Upgrades to this command, and waits. */
    ControlClient.Reply upgrade(List<String> command) throws NoSupervisorException {
        return control().post("/v1/upgrade?wait=120s", Map.of("command", command));
    }

    /** Upgrades without waiting. */
    ControlClient.Reply beginUpgrade(List<String> command) throws NoSupervisorException {
        return control().post("/v1/upgrade", Map.of("command", command));
    }

    // ---- its process ----

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    void signal(String signal) throws IOException, InterruptedException {
        Processes.signal(signal, pid());
    }

    /** Tells it to stop, and waits for that. */
    int stop() throws IOException {
        assertEquals(202, control().post("/v1/stop", Map.of()).status());
        return awaitEnd();
    }

    /** Waits until it has ended by itself. */
    int awaitEnd() throws IOException {
        try {
            if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException("the supervisor does not end");
            }
            lines.whole();
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Its counters, by name and labels, as {@code /metrics} has them. */
    Map<String, Double> counters() throws NoSupervisorException {
        Map<String, Double> counters = new HashMap<>();
        control()
                .get("/metrics")
                .body()
                .lines()
                .filter(line -> line.matches("baton_\\w+_(total|count|sum)(\\{.*})? .*"))
                .forEach(line -> counters.put(
                        line.substring(0, line.lastIndexOf(' ')),
                        Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1))));
        assertTrue(counters.size() > 3, counters::toString);
        return counters;
    }

    /** When the program that runs in its process began, as that says. */
    String startedAt() throws NoSupervisorException {
        return status().object("supervisor").text("startedAt");
    }

    /** Replaces its program by itself, and waits until the new one answers. */
    void reexec() throws NoSupervisorException {
        String before = startedAt();
        ControlClient.Reply reply = control().post("/v1/reexec", Map.of());
        assertEquals(202, reply.status(), reply.body());
        awaitProgramAfter(before);
    }

    void awaitProgramAfter(String before) {
        await().atMost(PATIENCE).pollInterval(POLL).until(() -> {
            try {
                return !startedAt().equals(before);
            } catch (NoSupervisorException e) {
                return false;
            }
        });
    }

    /** What it and its workers have printed so far. */
    List<String> output() {
        List<String> output = new ArrayList<>(earlier);
        output.addAll(lines.all());
        return output;
    }

    /** What it and its workers have printed since it was last started. */
    List<String> latestOutput() {
        return lines.all();
    }

    /** Waits until a line like that is printed. */
    String awaitLine(String regex) {
        return await().atMost(PATIENCE)
                .pollInterval(POLL)
                .until(
                        () -> output().stream()
                                .filter(line -> line.matches(regex))
                                .findFirst()
                                .orElse(""),
                        line -> !line.isEmpty());
    }

    /** Waits until one worker serves, and there is no other. */
    void awaitOneWorker() {
        await().atMost(PATIENCE.multipliedBy(2)).pollInterval(POLL).until(() -> {
            JsonObject status = status();
            return status.text("phase").equals("serving")
                    && status.objects("workers").size() == 1
                    && status.objects("workers").get(0).text("role").equals("active");
        });
    }

    /** Waits until the exit of a worker that is gone has been told: when its last words have been heard. */
    void awaitForgotten(long pid) {
        await().atMost(PATIENCE).pollInterval(POLL).until(() -> !workers().containsValue(pid));
    }

    /** What is not as it should be when one worker serves: that it answers, and that nobody else lives. */
    List<String> wrongAtRest() throws IOException {
        List<String> wrong = new ArrayList<>();
        Map.Entry<Integer, Long> active = workers().entrySet().iterator().next();
        try {
            String answer = RawClient.get(address("http"), "/").text();
            if (!answer.contains(" gen=" + active.getKey() + " ")) {
                wrong.add("generation " + active.getKey() + " is active, but this answers: " + answer);
            }
        } catch (IOException e) {
            wrong.add("generation " + active.getKey() + " is active, and does not answer: " + e);
        }
        Set<Long> living = Set.copyOf(Processes.knowing(directory));
        if (!living.equals(Set.of(pid(), active.getValue()))) {
            wrong.add("there live " + living + ", and not only " + pid() + " and " + active.getValue());
        }
        return wrong;
    }

    /** Asserts that nothing of it lives, and that nothing but the lock's file lies in its directory. */
    void noProcessLeft() throws IOException {
        await().atMost(PATIENCE)
                .pollInterval(POLL)
                .untilAsserted(() -> assertEquals(List.of(), Processes.knowing(directory), "pids that live on"));
        TreeSet<String> files = new TreeSet<>();
        try (DirectoryStream<Path> left = Files.newDirectoryStream(directory)) {
            left.forEach(file -> files.add(file.getFileName().toString()));
        }
        files.remove("lock"); // stays: see RuntimeDirectory
        assertEquals(new TreeSet<>(), files, "files left in " + directory);
    }

    @Override
    public void close() {
        boolean interrupted = Thread.interrupted(); // by a time limit: nothing may live on for that
        try {
            // The supervisor first, which would start others in the workers' place. Through the handle: Process itself
            // would close the output before its end was read.
            kill(process.toHandle());
            for (long pid : Processes.knowing(directory)) {
                ProcessHandle.of(pid).ifPresent(RunningBaton::kill);
            }
            lines.whole();
            try (Stream<Path> left = Files.walk(directory)) {
                for (Path file : left.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException e) {
            System.out.println(directory + " is left behind: " + e);
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** And waits until it is gone: until then it has a user, and files. */
    private static void kill(ProcessHandle process) {
        process.destroyForcibly();
        Processes.awaitGone(process.pid());
    }

    @Override
    public String toString() {
        return "the supervisor with pid " + pid();
    }
}
