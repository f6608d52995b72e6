package dev.baton.supervisor;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** Programs of this machine that tests call. The tests install none: where one is missing, what needs it takes no part. */
public final class Installed {
    private Installed() {}

    public static boolean has(String program) {
        return Files.isExecutable(Path.of("/usr/bin", program));
    }

    /** Leaves the test out, and says why, where the program is missing. */
    public static void assume(String program) {
        assumeTrue(has(program), () -> "there is no /usr/bin/" + program + " here");
    }
}
