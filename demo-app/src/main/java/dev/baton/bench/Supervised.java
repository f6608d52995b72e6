package dev.baton.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** The application under baton, on as many listeners as wanted; the first is {@code http}. */
final class Supervised extends Server {
    private static final String CACHE = "[start]\ncache = true\n";

    private final Control control;

    private Supervised(String name, InetSocketAddress address, Program supervisor, Control control) {
        super(name, address, supervisor);
        this.control = control;
    }

    /**
     * How it is to be run.
     *
     * @param name as the tables call it
     * @param listeners how many speak HTTP
     * @param bake how long the old version stands by
     * @param more keys of the configuration, in TOML
     */
    record How(String name, int listeners, Duration bake, String more) {
        static How plain() {
            return new How("Baton", 1, Duration.ZERO, "");
        }

        How called(String wanted) {
            return new How(wanted, listeners, bake, more);
        }

        How with(String keys) {
            return new How(name, listeners, bake, more + keys);
        }

        How on(int wanted) {
            return new How(name, wanted, bake, more);
        }

        /** With an archive of the application's classes, which is there when this serves. */
        How cached() {
            return called(name + ", cache").with(CACHE);
        }

        private boolean isCached() {
            return more.contains(CACHE);
        }

        How baking(Duration wanted) {
            return new How(name, listeners, wanted, more);
        }

        private String toml(Demo demo) {
            StringBuilder text = new StringBuilder("name = \"bench\"\ncommand = [");
            demo.command().forEach(word -> text.append('"').append(word).append("\", "));
            text.append("]\n[listen]\nhttp = \"127.0.0.1:0\"\nline = \"127.0.0.1:0\"\n");
            for (int i = 2; i <= listeners; i++) {
                text.append("http-").append(i).append(" = \"127.0.0.1:0\"\n");
            }
            return text.append("[upgrade]\nbake = \"")
                    .append(bake.toMillis())
                    .append("ms\"\n")
                    .append(more)
                    .toString();
        }
    }

    static Supervised start(Stage stage, Path baton, Demo demo, How how) throws IOException, InterruptedException {
        Path runtime = stage.runtimeDirectory();
        Path file = Files.writeString(stage.directory("baton").resolve("bench.toml"), how.toml(demo));
        ProcessBuilder builder = new ProcessBuilder(baton.toString(), "run", "--config", file.toString());
        builder.environment().put("RUNTIME_DIRECTORY", runtime.toString());
        Optional<Path> cache = how.isCached() ? Optional.of(stage.directory("cache")) : Optional.empty();
        cache.ifPresent(at -> builder.environment().put("CACHE_DIRECTORY", at.toString()));
        Program program = stage.start("baton", builder);
        Control control = new Control(runtime.resolve("control.sock"));
        boolean inTime = Waiting.until(Program.PATIENCE, () -> servesOrEnded(control, program));
        if (!inTime || !program.handle().isAlive()) {
            throw new IOException(program + " does not serve: " + program.said());
        }
        if (cache.isPresent() && !Waiting.until(Program.PATIENCE, () -> hasArchives(cache.get()))) {
            throw new IOException(program + " makes no archive of classes: " + program.said());
        }
        String http = control.get("/v1/status")
                .path("listeners")
                .path(0)
                .path("address")
                .asString();
        int port = Integer.parseInt(http.substring(http.lastIndexOf(':') + 1));
        return new Supervised(how.name(), Ports.local(port), program, control);
    }

    /** The supervisor's own, too, so that nobody makes any while something is measured. */
    private static boolean hasArchives(Path cache) throws IOException {
        return hasArchive(cache) && hasArchive(cache.resolve("classes"));
    }

    private static boolean hasArchive(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return false;
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.anyMatch(file -> file.toString().endsWith(".jsa"));
        }
    }

    private static boolean servesOrEnded(Control control, Program supervisor) throws IOException {
        try {
            return !supervisor.handle().isAlive() || phase(control).equals("serving");
        } catch (SocketException e) {
            return false; // it does not listen there yet
        }
    }

    private static String phase(Control control) throws IOException {
        return control.get("/v1/status").path("phase").asString();
    }

    String phase() throws IOException {
        return phase(control);
    }

    JsonNode status() throws IOException {
        return control.get("/v1/status");
    }

    /** The supervisor's own process. */
    long pid() {
        return program.pid();
    }

    /** The worker that has this role. */
    long worker(String role) throws IOException {
        for (JsonNode worker : status().path("workers")) {
            if (worker.path("role").asString().equals(role)) {
                return worker.path("pid").asLong();
            }
        }
        throw new IOException("there is no " + role + " worker: " + status());
    }

    /** Begins an upgrade, and waits no longer than that it is noted. */
    void begin() throws IOException {
        control.post("/v1/upgrade", "{}");
    }

    @Override
    Map<String, Duration> upgrade() throws IOException {
        JsonNode upgrade = control.post("/v1/upgrade?wait=120s", "{}");
        if (!upgrade.path("outcome").asString().equals("upgraded")) {
            throw new IOException("the upgrade failed: " + upgrade);
        }
        Map<String, Duration> phases = new LinkedHashMap<>();
        upgrade.path("phases")
                .properties()
                .forEach(phase -> phases.put(
                        phase.getKey(), Duration.ofMillis(phase.getValue().asLong())));
        return phases;
    }

    /** When the listeners changed hands in the latest upgrade, which is over. */
    Move move() throws IOException {
        long latest = status().path("lastUpgrade").path("id").asLong();
        return Move.of(
                latest,
                control.eventsUntil(event -> Move.id(event) == latest
                        && !event.path("upgrade").path("outcome").isNull()));
    }
}
