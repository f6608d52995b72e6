package dev.baton.supervisor.control;

import dev.baton.supervisor.json.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Why a request was not done, as {@code application/problem+json}: RFC 9457. Its type is always {@code about:blank},
 * so that the status says what kind it is.
 *
 * @param detail what, on what, why, and what to do
 * @param allow the methods that would be right, for the header of that name; empty where that is not the problem
 * @param more further members
 */
record Problem(int status, String title, String detail, Optional<String> allow, Map<String, Object> more) {
    static Problem badRequest(String detail) {
        return of(400, "Bad request", detail);
    }

    static Problem of(int status, String title, String detail) {
        return new Problem(status, title, detail, Optional.empty(), Map.of());
    }

    static Problem methodNotAllowed(String method, String path, String allow) {
        String detail = path + " does not take " + method + "; it takes " + allow + ".";
        return new Problem(405, "Method not allowed", detail, Optional.of(allow), Map.of());
    }

    Problem with(Map<String, Object> members) {
        return new Problem(status, title, detail, allow, members);
    }

    String json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("title", title);
        json.put("status", status);
        json.put("detail", detail);
        json.putAll(more);
        return Json.write(json);
    }
}
