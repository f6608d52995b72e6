package dev.baton.supervisor.cli;

import java.util.Map;
import java.util.Optional;

/**
 * The main process of the unit for which systemd runs this command, as {@code ExecReload=}: {@code $MAINPID}, systemd.exec(5).
 * Should it die, systemd starts the next one only when this command has ended.
 */
record MainProcess(Optional<Long> pid) {
    static MainProcess of(Map<String, String> environment) {
        return new MainProcess(Optional.ofNullable(environment.get("MAINPID"))
                .filter(pid -> pid.matches("[1-9][0-9]{0,9}"))
                .map(Long::valueOf));
    }

    /** Whether there is one, and it has ended: whoever waits for its supervisor to come back waits for itself. */
    boolean isGone() {
        return pid.isPresent() && Departure.process(pid.get()).isEmpty();
    }
}
