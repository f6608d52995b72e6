package dev.baton.supervisor.cli;

import dev.baton.supervisor.control.ControlClient;
import dev.baton.supervisor.control.JsonObject;
import dev.baton.supervisor.control.NoSupervisorException;

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

    /**
     * A reply of this status.
     *
     * @param what was asked for, for whoever hears that it failed
     * @throws CommandFailure if it has another
     */
    ControlClient.Reply expected(int wanted, ControlClient.Reply reply, String what) throws NoSupervisorException {
        if (reply.status() != wanted) {
            throw Problems.failure(reply, what, app());
        }
        return reply;
    }
}
