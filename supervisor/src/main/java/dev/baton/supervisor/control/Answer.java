package dev.baton.supervisor.control;

import dev.baton.supervisor.json.Json;
import java.util.Map;

/** What goes back to a client. */
record Answer(int status, String type, String body, Map<String, String> headers) {
    /** What is answered by a stream of events, and has no body here. */
    static final String EVENTS = "text/event-stream";

    private static final String JSON = "application/json";
    private static final String PROBLEM = "application/problem+json";

    static Answer json(int status, Object value) {
        return new Answer(status, JSON, Json.write(value), Map.of());
    }

    static Answer text(int status, String body) {
        return new Answer(status, "text/plain;charset=utf-8", body, Map.of());
    }

    static Answer events() {
        return new Answer(200, EVENTS, "", Map.of());
    }

    static Answer of(Problem problem) {
        Map<String, String> headers =
                problem.allow().map(allow -> Map.of("Allow", allow)).orElse(Map.of());
        return new Answer(problem.status(), PROBLEM, problem.json(), headers);
    }

    Answer with(String header, String value) {
        return new Answer(status, type, body, Map.of(header, value));
    }
}
