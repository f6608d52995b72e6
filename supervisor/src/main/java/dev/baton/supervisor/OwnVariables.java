package dev.baton.supervisor;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The variables that are between the supervisor and its own manager, and no program's that it starts. */
public final class OwnVariables {
    /**
     * By name or, with a {@code *}, by its beginning. A worker that saw the notify socket could end the whole unit by
     * one STOPPING=1: sd_notify(3), systemd.exec(5).
     */
    private static final Set<String> OURS = Set.of(
            "NOTIFY_SOCKET",
            "LISTEN_*",
            "WATCHDOG_*",
            "BATON_*",
            "JOURNAL_STREAM",
            "INVOCATION_ID",
            "MAINPID",
            "MANAGERPID",
            "MANAGERPIDFDID",
            "MEMORY_PRESSURE_*",
            "RUNTIME_DIRECTORY",
            "SYSTEMD_EXEC_PID",
            "TRIGGER_*");

    /** What scripts/baton found in {@code LC_ALL}, where it has started this JVM with another one; empty for nothing. */
    private static final String LOCALE = "BATON_LC_ALL";

    private OwnVariables() {}

    /** An environment less those, in the locale that was baton's own; a map of its own, which may be added to. */
    public static Map<String, String> without(Map<String, String> environment) {
        Map<String, String> rest = new HashMap<>(environment);
        String locale = rest.get(LOCALE);
        if (locale != null) {
            rest.put("LC_ALL", locale);
            rest.remove("LC_ALL", ""); // which says as much as none
        }
        rest.keySet().removeIf(OwnVariables::isOurs);
        return rest;
    }

    private static boolean isOurs(String name) {
        return OURS.stream()
                .anyMatch(our ->
                        our.endsWith("*") ? name.startsWith(our.substring(0, our.length() - 1)) : name.equals(our));
    }
}
