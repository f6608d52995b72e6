package dev.baton.supervisor;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What a worker's process group is sent: signal(7). */
public enum Signal {
    HUP(1),
    INT(2),
    QUIT(3),
    KILL(9),
    USR1(10),
    USR2(12),
    TERM(15),
    WINCH(28);

    private final int number;

    Signal(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }

    /** The one that a user writes so, with or without {@code SIG}, and that a program can take for its end. */
    public static Optional<Signal> named(String text) {
        String name = text.startsWith("SIG") ? text.substring("SIG".length()) : text;
        return Stream.of(values())
                .filter(signal -> signal != KILL && signal.name().equals(name))
                .findFirst();
    }

    /** All of these, as a user writes them. */
    public static List<String> texts() {
        return Stream.of(values())
                .filter(signal -> signal != KILL)
                .map(signal -> "SIG" + signal.name())
                .toList();
    }
}
