package dev.baton.kit;

import dev.baton.handover.HandoverChannel;
import java.io.IOException;
import java.util.Map;

/** Several workers in one process, each with an environment of its own. */
public final class TestWorkers {
    private TestWorkers() {}

    /** A worker of the supervisor that the environment names; the caller closes it. */
    public static Worker attach(Map<String, String> environment) throws IOException {
        return Worker.attach(environment);
    }

    /** The giving side of a handover to whoever is at the other end, without a worker; the caller closes it. */
    public static Handover handover(HandoverChannel channel) throws IOException {
        return new Handover(channel);
    }
}
