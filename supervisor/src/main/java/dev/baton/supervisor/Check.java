package dev.baton.supervisor;

import java.util.regex.Pattern;

/**
 * A question over HTTP by which a worker is proved before it accepts, and as long as the old one stands by.
 *
 * @param listener the name of the listener on which it is asked
 * @param path asked for with GET
 * @param status the answer that is wanted; any other one is a failure
 */
public record Check(String listener, String path, int status) {
    private static final Pattern PATH = Pattern.compile("/[!-~]{0,1023}");

    public Check {
        if (!isPath(path)) {
            throw new IllegalArgumentException("not a path that can be asked for: \"" + path + "\"");
        }
    }

    /** Whether it begins with a slash, and holds neither blanks nor anything but ASCII, so that it is one in HTTP. */
    public static boolean isPath(String text) {
        return PATH.matcher(text).matches();
    }

    @Override
    public String toString() {
        return "GET " + path + " on listener " + listener;
    }
}
