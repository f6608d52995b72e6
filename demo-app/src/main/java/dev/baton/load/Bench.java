package dev.baton.load;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What does a supervisor cost? The same application three times, alone, alone once more and under baton, the same load
 * on each in turn. The second one alone is there to tell noise from cost: two JVMs are never equally fast.
 *
 * <p>Every round has three fresh JVMs, warms each up, and measures them there and back (1 2 3 3 2 1), so that a machine
 * that slows down meanwhile slows all of them down.
 */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Compares the demo application under baton with the same one alone.")
public final class Bench implements Callable<Integer> {
    private static final int ALONE = 0;
    private static final int ALONE_AGAIN = 1;
    private static final int SUPERVISED = 2;
    private static final int CONTESTANTS = 3;

    @Option(names = "--baton", required = true, description = "the command line, scripts/baton")
    private Path baton;

    @Option(names = "--jar", required = true, description = "the application, demo-app.jar")
    private Path jar;

    @Option(names = "--rounds", defaultValue = "5", description = "how many (default: ${DEFAULT-VALUE})")
    private int rounds;

    @Option(
            names = "--measure",
            defaultValue = "3s",
            description = "how long each is under load, twice a round (default: ${DEFAULT-VALUE})")
    private Duration measure;

    @Option(names = "--warm-up", defaultValue = "5s", description = "before that (default: ${DEFAULT-VALUE})")
    private Duration warmUp;

    @Option(names = "--connections", defaultValue = "8", description = "how many (default: ${DEFAULT-VALUE})")
    private int connections;

    @Option(
            names = "--mode",
            defaultValue = "keepalive,post,churn,line",
            split = ",",
            description = "kinds of load (default: ${DEFAULT-VALUE})")
    private List<Mode> modes = new ArrayList<>();

    /** Exits with 0, or 1 if something broke, which makes the figures worthless. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Bench())
                .registerConverter(Duration.class, Notation::duration)
                .registerConverter(Mode.class, Mode::named)
                .execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        Map<Mode, List<double[]>> measured = new EnumMap<>(Mode.class);
        modes.forEach(mode -> measured.put(mode, new ArrayList<>()));
        for (int round = 1; round <= rounds; round++) {
            System.err.println("round " + round + " of " + rounds);
            round(measured);
        }
        System.out.println(table(measured));
        return 0;
    }

    private void round(Map<Mode, List<double[]>> measured) throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("baton-bench-");
        try (Contestant alone = Contestant.alone(application());
                Contestant again = Contestant.alone(application());
                Contestant supervised = Contestant.supervised(baton, directory, application())) {
            List<Contestant> contestants = List.of(alone, again, supervised);
            for (Map.Entry<Mode, List<double[]>> mode : measured.entrySet()) {
                for (Contestant contestant : contestants) {
                    perSecond(contestant, mode.getKey(), warmUp);
                }
                double[] sums = new double[CONTESTANTS];
                for (int i = 0; i < 2 * CONTESTANTS; i++) {
                    int which = Math.min(i, 2 * CONTESTANTS - 1 - i);
                    sums[which] += perSecond(contestants.get(which), mode.getKey(), measure) / 2;
                }
                mode.getValue().add(sums);
            }
        } finally {
            delete(directory);
        }
    }

    /** The supervisor leaves its lock's file in it. */
    private static void delete(Path directory) throws IOException {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(directory)) {
            for (Path file : left) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }

    private List<String> application() {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return List.of(java, "-Xmx256m", "-jar", jar.toString());
    }

    private double perSecond(Contestant contestant, Mode mode, Duration duration)
            throws IOException, InterruptedException {
        LoadPlan plan = LoadPlan.of(mode, contestant.target(mode))
                .withConnections(connections)
                .withAtMost(0)
                .withDuration(duration);
        try (LoadRun run = Load.start(plan)) {
            LoadReport report = run.await();
            if (!report.counts().clean()) {
                throw new IOException("something broke, so that this is no benchmark:\n" + report);
            }
            return report.perSecond();
        }
    }

    private String table(Map<Mode, List<double[]>> measured) {
        StringBuilder table = new StringBuilder();
        table.append("%d rounds, %d connections; requests a second (median), and ratios: median (least to most)%n%n"
                .formatted(rounds, connections));
        table.append("| load | alone | under baton | under baton : alone | alone : alone |\n");
        table.append("|---|---:|---:|---:|---:|\n");
        measured.forEach((mode, sums) -> table.append("| %s | %.0f | %.0f | %s | %s |%n"
                .formatted(
                        mode,
                        median(sums.stream().mapToDouble(sum -> sum[ALONE]).toArray()),
                        median(sums.stream().mapToDouble(sum -> sum[SUPERVISED]).toArray()),
                        ratios(sums, SUPERVISED),
                        ratios(sums, ALONE_AGAIN))));
        return table.toString();
    }

    private static String ratios(List<double[]> sums, int of) {
        double[] ratios =
                sums.stream().mapToDouble(sum -> sum[of] / sum[ALONE]).sorted().toArray();
        return "%.3f (%.2f to %.2f)".formatted(median(ratios), ratios[0], ratios[ratios.length - 1]);
    }

    private static double median(double[] values) {
        double[] sorted = Arrays.stream(values).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
