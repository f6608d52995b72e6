package dev.baton.supervisor;

import dev.baton.handover.NativeCalls;
import java.io.IOException;
import java.util.Optional;

/** Whether a supervisor could do what its settings say, on this machine, as things are: asked before anything is touched. */
public final class Preflight {
    private Preflight() {}

    /**
     * Looks whether the command and its directory are there.
     *
     * @throws StartException if a worker could not be started right now
     */
    public static void check(Settings settings) throws StartException {
        requireStartable(Launch.of(settings));
    }

    /**
     * Whether a program of this version could take over from the supervisor that has these settings, as it stands.
     *
     * @throws StartException if it could not, with why
     */
    public static void selfTest(Settings settings) throws StartException {
        requireSupport();
        check(settings);
        requireBecoming(settings);
        State state = new StateFile(settings.runtimeDirectory()).look(settings.app(), Rules.of(settings));
        try {
            state.requireWorkersOf(settings.user());
        } catch (IOException e) {
            throw new StartException("cannot tell who the workers are: " + e.getMessage(), e);
        }
    }

    /** All that a start needs. */
    static void require(Settings settings) throws StartException {
        requireSupport();
        check(settings);
        requireBecoming(settings);
    }

    private static void requireSupport() throws StartException {
        Optional<NativeCalls.Obstacle> obstacle = NativeCalls.obstacle();
        if (obstacle.isPresent()) {
            throw new StartException(obstacle.get().toString());
        }
    }

    private static void requireStartable(Launch launch) throws StartException {
        try {
            Program.of(launch, System.getenv());
            if (launch.wrap() == Wrap.AGENT && !AgentJar.isThere()) {
                throw new StartException("this baton was built without its agent: use the jar that its build makes,"
                        + " supervisor/target/baton.jar, or say wrap = \"kit\"");
            }
        } catch (IOException e) {
            throw new StartException("cannot start " + launch.command() + ": " + e.getMessage(), e);
        }
    }

    /**
     * Whether this process could start workers as the user that was asked for.
     *
     * @throws StartException if it could not, with what to do
     */
    public static void requireBecoming(Settings settings) throws StartException {
        if (settings.user().isPresent()) {
            try {
                new OtherUser(settings.user().get()).requirePossible();
            } catch (IOException e) {
                throw new StartException(e.getMessage(), e);
            }
        }
    }
}
