package dev.baton.supervisor.doctor;

/**
 * What was found of one thing.
 *
 * @param name of the thing, short
 * @param says how it is
 * @param remedy what to do; empty where all is well
 */
public record Finding(String name, Level level, String says, String remedy) {
    /** How much it matters. */
    public enum Level {
        /** As it should be. */
        OK,
        /** Baton works, but not as well as it could under load or after a mistake. */
        WARN,
        /** Baton does not work. */
        FAIL
    }

    static Finding ok(String name, String says) {
        return new Finding(name, Level.OK, says, "");
    }

    static Finding warn(String name, String says, String remedy) {
        return new Finding(name, Level.WARN, says, remedy);
    }

    static Finding fail(String name, String says, String remedy) {
        return new Finding(name, Level.FAIL, says, remedy);
    }
}
