package dev.baton.supervisor;

import java.util.HashMap;
import java.util.List;
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

    /** What scripts/baton found in a variable, where it has started this JVM with another one or none. */
    private static final String FOUND = "BATON_";

    private static final List<String> REPLACED = List.of("LC_ALL", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS");

    private OwnVariables() {}

    /** An environment less those, and as it was found; a map of its own, which may be added to. */
    public static Map<String, String> without(Map<String, String> environment) {
        Map<String, String> rest = asFound(environment);
        rest.keySet().removeIf(OwnVariables::isOurs);
        return rest;
    }

    /** An environment in the locale, and with the options for JVMs, that were there before scripts/baton. */
    public static Map<String, String> asFound(Map<String, String> environment) {
        Map<String, String> found = new HashMap<>(environment);
        for (String name : REPLACED) {
            String before = found.get(FOUND + name);
            if (before != null) {
                found.put(name, before);
                found.remove(name, ""); // which says as much as none
            }
        }
        return found;
    }

    private static boolean isOurs(String name) {
        return OURS.stream()
                .anyMatch(our ->
                        our.endsWith("*") ? name.startsWith(our.substring(0, our.length() - 1)) : name.equals(our));
    }
}
