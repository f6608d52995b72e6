package dev.baton.supervisor.cli;

import dev.baton.supervisor.control.ControlClient;
import dev.baton.supervisor.control.JsonObject;

/**
 * A supervisor that answered.
 *
 * @param status what it answered
 */
record Found(ControlClient client, JsonObject status) {
    String app() {
        return status.text("app");
    }

    long pid() {
        return status.object("supervisor").number("pid");
    }
}
