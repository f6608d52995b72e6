package dev.baton.supervisor;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** How a program gets its sockets. */
public enum Wrap {
    /** By the agent where the command is a {@code java}, which notices one that uses the kit. */
    AUTO,
    /** It attaches by itself, with server-kit. */
    KIT,
    /** Unmodified, by the agent in its JVM. */
    AGENT,
    /** By the descriptors that it inherits: LISTEN_FDS, sd_listen_fds(3). */
    EXEC;

    /** As a user writes it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The one that a user writes so. */
    public static Optional<Wrap> named(String text) {
        return Stream.of(values()).filter(wrap -> wrap.text().equals(text)).findFirst();
    }

    /** All, as a user writes them. */
    public static List<String> texts() {
        return Stream.of(values()).map(Wrap::text).toList();
    }
}
