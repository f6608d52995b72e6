package dev.baton.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;

/** The way back: how long clients wait when a version dies that bakes. */
final class Rollbacks implements Section {
    private static final Duration LONG_BAKE = Duration.ofSeconds(60);

    @Override
    public String name() {
        return "rollbacks";
    }

    @Override
    public void measure(Course course, Results results) throws IOException, InterruptedException {
        System.err.println("rollbacks");
        try (Supervised server = course.supervised(Supervised.How.plain().baking(LONG_BAKE))) {
            for (int repeat = 1; repeat <= course.scale().repeats(); repeat++) {
                server.begin();
                await(server, "baking");
                Signals.KILL.to(server.worker("active"));
                long killed = System.nanoTime();
                awaitAnswer(server, killed);
                double took = (System.nanoTime() - killed) / 1e6;
                results.add(new Sample(name(), Map.of("server", server.name()), Map.of("answer", took)));
                await(server, "serving");
            }
        }
    }

    /** A new client that tries until it has its answer. */
    private static void awaitAnswer(Supervised server, long since) throws IOException {
        while (true) {
            try (KeptClient client = KeptClient.to(server.address())) {
                client.ask();
                client.answer();
                return;
            } catch (IOException e) {
                if (System.nanoTime() - since > Program.PATIENCE.toNanos()) {
                    throw e;
                }
            }
        }
    }

    private static void await(Supervised server, String phase) throws IOException, InterruptedException {
        if (!Waiting.until(Program.PATIENCE, () -> server.phase().equals(phase))) {
            throw new IOException("the supervisor is not " + phase + ": " + server.status());
        }
    }

    @Override
    public String tables(Results results) {
        return "### The way back\n\n"
                + new Table(1, "`kill -9` of a version that bakes", "ms")
                        .row(
                                "until a new client has its answer from the old one",
                                results.of(name()).spread("answer").text(0));
    }
}
