package dev.baton.bench;

import dev.baton.load.LoadPlan;
import dev.baton.load.Mode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Servers that are replaced one time after another, each time under load of its own; and a table of what that did to clients. */
final class Replacements {
    /** Requests a second that leave the machine time to start a JVM beside them. */
    private static final Map<Mode, Integer> AT_MOST = Map.of(Mode.KEEPALIVE, 1_000, Mode.CHURN, 500);

    private static final List<Mode> MODES = List.of(Mode.KEEPALIVE, Mode.CHURN);

    private Replacements() {}

    /** How a server is started. */
    @FunctionalInterface
    interface Starting {
        Server start() throws IOException, InterruptedException;
    }

    /** Starts one, and replaces it as often as the scale says. One that fails is left out, and the run is not whole. */
    static void measure(Section section, Course course, Results results, Starting starting)
            throws InterruptedException {
        try (Server server = starting.start()) {
            System.err.println(section.name() + ": " + server.name());
            for (Mode mode : MODES) {
                LoadPlan plan = course.load(mode, server, Duration.ZERO).withAtMost(AT_MOST.get(mode));
                for (int repeat = 1; repeat <= course.scale().repeats(); repeat++) {
                    Map<String, String> of = Map.of(
                            "server", server.name(),
                            "mode", mode.toString(),
                            "round", Integer.toString(repeat));
                    results.add(new Sample(
                            section.name(),
                            of,
                            Reading.around(plan, server, course.scale().rest()).figures()));
                }
            }
        } catch (IOException e) {
            results.failed("One is left out of " + section.name() + ", for it failed: "
                    + e.getMessage().lines().findFirst().orElse(""));
        }
    }

    static String table(Samples all) {
        Table table = new Table(
                2,
                "server",
                "load",
                "refused",
                "broken",
                "reconnects",
                "longest time without any answer",
                "longest answer",
                "until the new one serves and the old one is gone");
        for (String server : all.values("server")) {
            for (String mode : all.values("mode")) {
                Samples of = all.of("server", server).of("mode", mode);
                table.row(
                        server,
                        mode,
                        of.spread("refused").text(0),
                        of.spread("broken").text(0),
                        of.spread("reconnects").text(0),
                        of.spread("silence").text(0),
                        of.spread("max").text(0),
                        of.spread("upgrade").text(0));
            }
        }
        return "For each replacement; at most %,d requests a second kept alive, %,d with a connection each.\n\n"
                        .formatted(AT_MOST.get(Mode.KEEPALIVE), AT_MOST.get(Mode.CHURN))
                + table;
    }
}
