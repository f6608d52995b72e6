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

    private OwnVariables() {}

    /** An environment less those; a map of its own, which may be added to. */
    public static Map<String, String> without(Map<String, String> environment) {
        Map<String, String> rest = new HashMap<>(environment);
        rest.keySet().removeIf(OwnVariables::isOurs);
        return rest;
    }

    private static boolean isOurs(String name) {
        return OURS.stream()
                .anyMatch(our ->
                        our.endsWith("*") ? name.startsWith(our.substring(0, our.length() - 1)) : name.equals(our));
    }
}
