package dev.baton.bench;

import dev.baton.load.LoadPlan;
import dev.baton.load.Mode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What every section runs on.
 *
 * @param stage where programs are started
 * @param baton the command line, scripts/baton
 * @param demo the application
 * @param scale how much is measured
 * @param connections how many clients
 */
record Course(Stage stage, Path baton, Demo demo, Scale scale, int connections) {
    static final String WARM = "Baton, warm-up";

    /** What a version is asked for before it takes over, where warm-up is on. */
    private static final String WARM_UP = "[warm-up]\nrequests = [\"GET /\"]\n";

    /** As fast as the answers come, until told otherwise. */
    LoadPlan load(Mode mode, Server server, Duration duration) {
        return LoadPlan.of(mode, server.address())
                .withConnections(connections)
                .withAtMost(0)
                .withDuration(duration);
    }

    /** A fresh JVM, under the load that it is measured under. */
    void warmUp(Mode mode, Server server) throws IOException, InterruptedException {
        Reading.during(load(mode, server, scale.warmUp()), server, 0);
    }

    Supervised supervised(Supervised.How how) throws IOException, InterruptedException {
        return Supervised.start(stage, baton, demo, how);
    }

    /** With warm-up until nothing gets quicker any more. */
    Supervised.How warm() {
        return Supervised.How.plain().called(WARM).with(WARM_UP + scale.warmUpKeys());
    }
}
