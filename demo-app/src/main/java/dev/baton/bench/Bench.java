package dev.baton.bench;

import dev.baton.load.Notation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The benchmark's command line. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures the demo application under baton beside what one would do without it, and beside servers that"
                    + " replace themselves, under the same load, in one go. What is not installed is left out, with a"
                    + " word.",
            "",
            "Writes results.md, latency.svg and results.json."
        },
        footer = {
            "",
            "Sections:",
            "  comparison  direct, under baton, behind HAProxy with two backends: throughput and latency, in peace and"
                    + " upgraded",
            "  overhead    what a request costs more, by many pairs of fresh JVMs",
            "  restarts    other ways to replace the same application: restart, inherited socket, SO_REUSEPORT",
            "  peers       nginx, HAProxy, Apache, lighttpd, h2o, Caddy, gunicorn and Puma replacing themselves",
            "  phases      an upgrade by phase, and Baton's own share of it",
            "  rollbacks   how long clients wait when a version dies that bakes",
            "  growth      upgrades with more listeners, with more connections; the supervisor's memory",
            "",
            "Exit codes: 0 done, but for what is not installed; 1 something failed, and the documentation is left as it is;"
                    + " 2 usage."
        })
public final class Bench implements Callable<Integer> {
    private static final List<Section> SECTIONS = List.of(
            new Comparison(), new Overhead(), new Restarts(), new Peers(), new Phases(), new Rollbacks(), new Growth());

    @Option(names = "--baton", required = true, hidden = true, description = "the command line, scripts/baton")
    private Path baton;

    @Option(names = "--jar", required = true, hidden = true, description = "the application, demo-app.jar")
    private Path jar;

    @Option(names = "--root", required = true, hidden = true, description = "the checkout, where docs are")
    private Path root;

    @Option(
            names = "--quick",
            description = "Everything once and short, to see that it runs; the figures mean nothing.")
    private boolean quick;

    @Option(
            names = "--only",
            paramLabel = "SECTION",
            split = ",",
            description = "Only these sections, separated by commas; see below.")
    private List<String> only = new ArrayList<>();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where to write. Default: target/bench of this checkout.")
    private Path out;

    @Option(
            names = "--runtime",
            paramLabel = "DIR",
            defaultValue = "/dev/shm",
            description = "Where supervisors have their runtime directories: in memory, as /run is."
                    + " Default: ${DEFAULT-VALUE}.")
    private Path runtime;

    @Option(
            names = "--docs",
            description = "Also put tables and picture into docs/benchmarks.md and docs/latency.svg of this checkout;"
                    + " not with --only or --quick.")
    private boolean docs;

    @Option(names = "--rounds", paramLabel = "N", description = "Rounds of the comparison. Default: 3.")
    private Integer rounds;

    @Option(names = "--pairs", paramLabel = "N", description = "Pairs of JVMs of the overhead. Default: 16.")
    private Integer pairs;

    @Option(names = "--repeats", paramLabel = "N", description = "Repeats of everything else. Default: 3.")
    private Integer repeats;

    @Option(
            names = "--steady",
            paramLabel = "TIME",
            description = "How long each is under half the load in peace, twice a round. Default: 3s.")
    private Duration steady;

    @Option(names = "--window", paramLabel = "TIME", description = "How long while it is upgraded. Default: 20s.")
    private Duration window;

    @Option(
            names = "--connections",
            paramLabel = "N",
            defaultValue = "16",
            description = "Clients, each with a connection. Default: ${DEFAULT-VALUE}.")
    private int connections;

    /** Exits with 0 if everything was measured. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Bench())
                .registerConverter(Duration.class, Notation::duration)
                .setExecutionExceptionHandler((e, line, parsed) -> complain(e, line.getErr()))
                .execute(arguments));
    }

    private static int complain(Exception failure, PrintWriter err) {
        err.println("bench: " + failure.getMessage());
        failure.printStackTrace(err);
        return 1;
    }

    @Override
    public Integer call() throws Exception {
        List<Section> sections = sections();
        if (docs && (quick || !only.isEmpty())) {
            throw new ParameterException(
                    new CommandLine(this), "--docs: what is put there is a whole run's: leave out --only and --quick");
        }
        checkWritable("--runtime", runtime);
        if (out == null) {
            out = root.resolve("target/bench");
        }
        try {
            Files.createDirectories(out);
        } catch (IOException e) {
            throw new ParameterException(new CommandLine(this), "--out: can't make " + out + ": " + e);
        }
        checkWritable("--out", out);
        Map<String, String> machine = Machine.describe();
        List<Long> times = Machine.times();
        Results results = new Results();
        try (Stage stage = Stage.open(runtime)) {
            Course course = new Course(stage, baton, new Demo(jar), scale(), connections);
            for (Section section : sections) {
                measured(section, course, results);
            }
        } catch (IOException e) {
            results.failed(e.getMessage());
        } catch (InterruptedException | Error e) {
            results.failed("The run was cut short: " + e);
            throw e;
        } finally {
            machine.put("taken by its host meanwhile", Machine.stolenSince(times));
            write(sections, new Report(machine, scale(), connections, results));
        }
        return results.whole() ? 0 : 1;
    }

    /** Now, and not when an hour's work is to be written there. */
    private void checkWritable(String option, Path directory) {
        if (!Files.isDirectory(directory) || !Files.isWritable(directory)) {
            throw new ParameterException(
                    new CommandLine(this), option + ": " + directory + " is no directory that can be written to");
        }
    }

    /** What was measured before a failure is worth to be told. */
    static void measured(Section section, Course course, Results results) throws InterruptedException {
        try {
            section.measure(course, results);
        } catch (IOException | RuntimeException e) {
            e.printStackTrace();
            results.failed("Section " + section.name() + " is not whole, for it failed: " + e.getMessage());
        }
    }

    private List<Section> sections() {
        List<String> names = SECTIONS.stream().map(Section::name).toList();
        for (String name : only) {
            if (!names.contains(name)) {
                throw new ParameterException(
                        new CommandLine(this), "--only: no section is called '" + name + "': take some of " + names);
            }
        }
        return SECTIONS.stream()
                .filter(section -> only.isEmpty() || only.contains(section.name()))
                .toList();
    }

    private Scale scale() {
        Scale base = quick ? Scale.QUICK : Scale.WHOLE;
        return new Scale(
                rounds == null ? base.rounds() : rounds,
                pairs == null ? base.pairs() : pairs,
                repeats == null ? base.repeats() : repeats,
                base.warmUp(),
                base.slices(),
                base.slice(),
                steady == null ? base.steady() : steady,
                window == null ? base.window() : window,
                base.rest(),
                base.upgrades(),
                base.warmUpKeys(),
                base.listeners(),
                base.connections());
    }

    private void write(List<Section> sections, Report report) throws IOException {
        String text = report.markdown(sections);
        System.out.println(text);
        Files.writeString(out.resolve("results.md"), text);
        Files.writeString(out.resolve("results.json"), report.json());
        String picture = report.picture();
        Files.writeString(out.resolve("latency.svg"), picture);
        System.err.println("written to " + out.toAbsolutePath());
        if (docs && !report.results().whole()) {
            System.err.println("bench: the documentation is left as it is, for something failed");
        } else if (docs) {
            Docs.put(root.resolve("docs"), text, picture);
        }
    }
}
