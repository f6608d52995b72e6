package dev.baton.kit;

import java.io.IOException;
import java.util.Map;

/** Several workers in one process, each with an environment of its own. */
public final class TestWorkers {
    private TestWorkers() {}

    /** A worker of the supervisor that the environment names; the caller closes it. */
    public static Worker attach(Map<String, String> environment) throws IOException {
        return Worker.attach(environment);
    }
}
