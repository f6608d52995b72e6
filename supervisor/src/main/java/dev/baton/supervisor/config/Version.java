package dev.baton.supervisor.config;

import java.util.Optional;

/** Which Baton this is. */
public final class Version {
    private Version() {}

    /** As the jar's manifest says; {@code unbuilt} where the classes do not come from a jar. */
    public static String text() {
        return Optional.ofNullable(Version.class.getPackage().getImplementationVersion())
                .orElse("unbuilt");
    }
}
