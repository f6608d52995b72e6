package dev.baton.supervisor.control;

import dev.baton.supervisor.NativeText;
import dev.baton.supervisor.UpgradeRequest;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Reads the body of {@code POST /v1/upgrade}: {@code {command?, environment?, directory?}}, or nothing at all. */
final class UpgradeOrder {
    private static final Set<String> KEYS = new TreeSet<>(Set.of("command", "environment", "directory"));

    private UpgradeOrder() {}

    /**
     * What the body orders.
     *
     * @throws BadRequestException with what is wrong and what would be right
     */
    static UpgradeRequest parse(String body) {
        if (body.matches("[ \\t\\r\\n]*")) { // what is blank to JSON, and no more
            return UpgradeRequest.again();
        }
        JsonObject json;
        try {
            json = JsonObject.parse(body);
        } catch (IllegalArgumentException e) {
            throw new BadRequestException("the body is not a JSON object: " + e.getMessage(), e);
        }
        try {
            return order(json);
        } catch (IllegalArgumentException e) {
            throw new BadRequestException(e.getMessage(), e);
        }
    }

    private static UpgradeRequest order(JsonObject json) {
        for (String key : json.keys()) {
            if (!KEYS.contains(key)) {
                throw new IllegalArgumentException(
                        "unknown key \"" + key + "\"; an upgrade takes " + String.join(", ", KEYS));
            }
        }
        return new UpgradeRequest(command(json), environment(json), directory(json));
    }

    private static List<String> command(JsonObject json) {
        List<String> command = json.texts("command");
        if (json.has("command") && (command.isEmpty() || command.get(0).isEmpty())) {
            throw new IllegalArgumentException(
                    "command is empty; leave the key out to start the present command once more");
        }
        for (String argument : command) {
            requireGivable("command", argument);
        }
        return command;
    }

    private static Map<String, String> environment(JsonObject json) {
        if (!json.has("environment")) {
            return Map.of();
        }
        JsonObject given = json.object("environment");
        Map<String, String> environment = new LinkedHashMap<>();
        for (String name : given.keys()) {
            if (name.isEmpty() || name.indexOf('=') >= 0) {
                throw new IllegalArgumentException("\"" + name + "\" cannot be a variable's name in environment");
            }
            requireGivable("environment", name);
            requireGivable("environment", given.text(name));
            environment.put(name, given.text(name));
        }
        return environment;
    }

    private static Optional<Path> directory(JsonObject json) {
        Optional<Path> directory;
        try {
            directory = json.optionalText("directory").map(Path::of);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("directory is not a path: " + e.getReason(), e);
        }
        directory.filter(path -> !path.isAbsolute()).ifPresent(path -> {
            throw new IllegalArgumentException("directory must be an absolute path, and \"" + path + "\" is not");
        });
        return directory;
    }

    private static void requireGivable(String key, String text) {
        NativeText.obstacle(text).ifPresent(obstacle -> {
            throw new IllegalArgumentException(
                    "no program can be given " + key + ": " + obstacle.why() + ": " + obstacle.remedy());
        });
    }
}
