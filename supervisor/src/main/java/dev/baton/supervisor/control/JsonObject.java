package dev.baton.supervisor.control;

import dev.baton.supervisor.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A JSON object whose members are of the expected kind, or an exception that says which was expected.
 *
 * <p>Threading: immutable.
 */
public final class JsonObject {
    private final Map<String, Object> members;

    private JsonObject(Map<String, Object> members) {
        this.members = members;
    }

    /**
     * Reads a text that holds one object.
     *
     * @throws IllegalArgumentException with what is wrong, and where
     */
    public static JsonObject parse(String text) {
        return of(Json.read(text), "the document");
    }

    private static JsonObject of(Object value, String what) {
        if (!(value instanceof Map<?, ?> map)) {
            throw wrong(what, "an object");
        }
        Map<String, Object> members = new LinkedHashMap<>();
        map.forEach((key, member) -> members.put((String) key, member));
        return new JsonObject(members);
    }

    /** The keys, in the order of the text. */
    public Set<String> keys() {
        return members.keySet();
    }

    /** Whether the member is there and is not null. */
    public boolean has(String key) {
        return members.get(key) != null;
    }

    public String text(String key) {
        return optionalText(key).orElseThrow(() -> wrong(key, "a string"));
    }

    public Optional<String> optionalText(String key) {
        return string(members.get(key), key);
    }

    private static Optional<String> string(Object value, String what) {
        if (value == null) {
            return Optional.empty();
        }
        if (value instanceof String text) {
            return Optional.of(text);
        }
        throw wrong(what, "a string");
    }

    /** A whole number. */
    public long number(String key) {
        if (members.get(key) instanceof Long number) {
            return number;
        }
        throw wrong(key, "a whole number");
    }

    public JsonObject object(String key) {
        return of(members.get(key), key);
    }

    /** The objects of an array; none where it is missing. */
    public List<JsonObject> objects(String key) {
        return array(key).stream().map(element -> of(element, "every " + key)).toList();
    }

    /** The strings of an array; none where it is missing. */
    public List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        for (Object element : array(key)) {
            texts.add(string(element, "every element of " + key)
                    .orElseThrow(() -> wrong("every element of " + key, "a string")));
        }
        return texts;
    }

    private List<?> array(String key) {
        Object value = members.get(key);
        if (value == null) {
            return List.of();
        }
        if (value instanceof List<?> array) {
            return array;
        }
        throw wrong(key, "an array");
    }

    private static IllegalArgumentException wrong(String what, String expected) {
        return new IllegalArgumentException(what + " must be " + expected);
    }

    /** The object as JSON, on one line. */
    @Override
    public String toString() {
        return Json.write(members);
    }
}
