package dev.baton.supervisor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A JSON object of the state file: what is asked for is there and of its kind, or an {@link IllegalArgumentException}
 * says what was expected, and where.
 */
final class Fields {
    private final Map<?, ?> members;
    private final String place;

    private Fields(Object value, String place) {
        if (!(value instanceof Map<?, ?> map)) {
            throw wrong(place, "an object");
        }
        this.members = map;
        this.place = place;
    }

    static Fields of(Object value) {
        return new Fields(value, "the state");
    }

    String text(String key) {
        return optionalText(key).orElseThrow(() -> wrong(at(key), "a string"));
    }

    Optional<String> optionalText(String key) {
        return Optional.ofNullable(members.get(key)).map(value -> string(value, at(key)));
    }

    List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        list(key).forEach(value -> texts.add(string(value, at(key))));
        return texts;
    }

    Map<String, String> textMap(String key) {
        Map<String, String> texts = new LinkedHashMap<>();
        object(key).members.forEach((name, value) -> texts.put((String) name, string(value, at(key))));
        return texts;
    }

    Map<String, Long> numberMap(String key) {
        Map<String, Long> numbers = new LinkedHashMap<>();
        Fields map = object(key);
        map.members.keySet().forEach(name -> numbers.put((String) name, map.number((String) name)));
        return numbers;
    }

    /** A number that is not negative. */
    long number(String key) {
        return number(members.get(key), at(key));
    }

    /** The same, several of them. */
    List<Long> numbers(String key) {
        List<Long> numbers = new ArrayList<>();
        list(key).forEach(value -> numbers.add(number(value, at(key))));
        return numbers;
    }

    Optional<Long> optionalNumber(String key) {
        return members.containsKey(key) ? Optional.of(number(key)) : Optional.empty();
    }

    int integer(String key) {
        long number = number(key);
        if (number > Integer.MAX_VALUE) {
            throw wrong(at(key), "a smaller number");
        }
        return (int) number;
    }

    boolean flag(String key) {
        if (members.get(key) instanceof Boolean flag) {
            return flag;
        }
        throw wrong(at(key), "true or false");
    }

    boolean has(String key) {
        return members.get(key) != null;
    }

    Fields object(String key) {
        return new Fields(members.get(key), at(key));
    }

    Optional<Fields> optionalObject(String key) {
        return has(key) ? Optional.of(object(key)) : Optional.empty();
    }

    List<Fields> objects(String key) {
        List<Fields> objects = new ArrayList<>();
        list(key).forEach(value -> objects.add(new Fields(value, at(key))));
        return objects;
    }

    Map<String, Fields> objectMap(String key) {
        Map<String, Fields> objects = new LinkedHashMap<>();
        Fields map = object(key);
        map.members.keySet().forEach(name -> objects.put((String) name, map.object((String) name)));
        return objects;
    }

    private List<?> list(String key) {
        if (members.get(key) instanceof List<?> list) {
            return list;
        }
        throw wrong(at(key), "a list");
    }

    private String at(String key) {
        return place + "." + key;
    }

    private static long number(Object value, String place) {
        if (value instanceof Number number && number.longValue() >= 0 && !(number instanceof Double)) {
            return number.longValue();
        }
        throw wrong(place, "a number that is not negative");
    }

    private static String string(Object value, String place) {
        if (value instanceof String text) {
            return text;
        }
        throw wrong(place, "a string");
    }

    private static IllegalArgumentException wrong(String place, String expected) {
        return new IllegalArgumentException(place + " should be " + expected);
    }
}
