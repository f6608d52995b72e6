package dev.baton.supervisor;

import java.nio.charset.Charset;
import java.util.Optional;

/** What a program can be given as an argument, a variable or a file's name: the JVM writes them in its locale's charset. */
public final class NativeText {
    static final Charset CHARSET = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

    /** What is wrong with a text, and what to do. */
    public record Obstacle(String why, String remedy) {}

    private NativeText() {}

    /** Why no program can be given this text; empty where one can. */
    public static Optional<Obstacle> obstacle(String text) {
        if (text.indexOf('\0') >= 0) {
            return Optional.of(new Obstacle("it holds a NUL character", "take it out: no program can be given one"));
        }
        if (!CHARSET.newEncoder().canEncode(text)) {
            return Optional.of(new Obstacle(
                    "it holds a character that " + CHARSET + " does not have, in which programs are given their texts",
                    "take it out, or start baton in a locale of UTF-8, like LC_ALL=C.UTF-8"));
        }
        return Optional.empty();
    }
}
