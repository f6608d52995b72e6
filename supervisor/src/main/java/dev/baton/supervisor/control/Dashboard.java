package dev.baton.supervisor.control;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;

/**
 * The page that shows a supervisor in a browser: three files of this program, and nothing of anybody else's. They are
 * the same for every supervisor, and tell nothing of this one; what they show they ask for, with a token where one is
 * needed.
 */
final class Dashboard {
    /** Where it lies. */
    static final Set<String> PATHS = Set.of("/", "/dashboard.css", "/dashboard.js");

    /** The page runs its own script and no other, talks to where it came from and to nobody else, and is in no frame. */
    private static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:;"
                    + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options",
            "nosniff",
            "Referrer-Policy",
            "no-referrer",
            "Cross-Origin-Opener-Policy",
            "same-origin");

    private Dashboard() {}

    static Answer answer(String path) {
        return switch (path) {
            case "/dashboard.css" -> file("dashboard.css", "text/css");
            case "/dashboard.js" -> file("dashboard.js", "text/javascript");
            default -> file("dashboard.html", "text/html");
        };
    }

    private static Answer file(String name, String type) {
        try (InputStream file = Dashboard.class.getResourceAsStream(name)) {
            if (file == null) {
                throw new IllegalStateException(name + " is not in this program: build it again");
            }
            String text = new String(file.readAllBytes(), StandardCharsets.UTF_8);
            return new Answer(200, type + ";charset=utf-8", text, HEADERS);
        } catch (IOException e) {
            throw new UncheckedIOException("can't read " + name + " from this program", e);
        }
    }
}
