package dev.baton.supervisor.config;

import java.util.regex.Pattern;

/** The name of an application: it becomes part of a path, so it can be nothing that leads elsewhere. */
public final class AppName {
    /** What a supervisor is called that was given neither a name nor a configuration file. */
    public static final String DEFAULT = "default";

    private static final Pattern RIGHT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    private AppName() {}

    /**
     * The name itself where it is one.
     *
     * @throws IllegalArgumentException with what is wrong and what would be right
     */
    public static String check(String name) {
        if (!RIGHT.matcher(name).matches()) {
            throw new IllegalArgumentException("not an application's name: \"" + name
                    + "\": it starts with a letter or a digit, and up to 63 letters, digits, . _ and - follow");
        }
        return name;
    }
}
