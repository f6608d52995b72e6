package dev.baton.supervisor.config;

import dev.baton.supervisor.NativeText;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A table of the configuration file. Whoever asks it for a key gets a value that is right, or none; what is wrong it
 * writes down, so that all of it can be told at once.
 */
final class Section {
    private final Document document;
    private final List<String> path;
    private final Map<String, Object> values;

    Section(Document document, List<String> path, Map<String, Object> values) {
        this.document = document;
        this.path = List.copyOf(path);
        this.values = values;
    }

    /** What all sections share. */
    record Document(String file, TomlPlaces places, Variables variables, List<Mistake> mistakes) {}

    /** Makes something of a text. */
    @FunctionalInterface
    interface Reading<T> {
        T read(String text) throws Wrong;
    }

    // ---- keys ----

    /** In the order of the file. */
    Set<String> keys() {
        return values.keySet();
    }

    boolean has(String key) {
        return values.containsKey(key);
    }

    /**
     * Complains of every key that is not known.
     *
     * @param everywhere the whole names of all keys that there are, for one that is in the wrong place
     */
    void allow(Collection<String> known, Collection<String> everywhere) {
        for (String key : keys()) {
            if (!known.contains(key)) {
                wrongKey(
                        key,
                        "unknown key \"" + key + "\"" + in(),
                        "it would have no effect",
                        remedy(key, known, everywhere));
            }
        }
    }

    private String remedy(String key, Collection<String> known, Collection<String> everywhere) {
        Optional<String> near = Spelling.nearest(key, known);
        if (near.isPresent()) {
            return "did you mean \"" + near.get() + "\"?";
        }
        Optional<String> elsewhere = everywhere.stream()
                .filter(name -> name.equals(key) || name.endsWith("." + key))
                .findFirst();
        if (elsewhere.isPresent()) {
            String whole = elsewhere.get();
            int dot = whole.lastIndexOf('.');
            return dot < 0
                    ? "did you mean the \"" + key + "\" of the top? put it above the first [table]"
                    : "did you mean the \"" + key + "\" of [" + whole.substring(0, dot) + "]?";
        }
        return "there is " + String.join(", ", new TreeSet<>(known));
    }

    // ---- values ----

    Optional<String> text(String key) {
        return text(key, "a text", text -> text);
    }

    /** @param kind what the text is to be, like {@code a duration} */
    <T> Optional<T> text(String key, String kind, Reading<T> reading) {
        return has(key) ? text(child(key), values.get(key), kind, reading) : Optional.empty();
    }

    private <T> Optional<T> text(List<String> where, Object value, String kind, Reading<T> reading) {
        if (!(value instanceof String raw)) {
            String quoted =
                    value instanceof Number || value instanceof Boolean ? "write \"" + value + "\"" : "write a text";
            wrong(where, name(where) + " is " + kindOf(value), kind + " is expected", quoted + " in quotes");
            return Optional.empty();
        }
        try {
            String text = document.variables().expand(raw);
            Optional<NativeText.Obstacle> obstacle = NativeText.obstacle(text);
            if (obstacle.isPresent()) {
                throw new Wrong(obstacle.get().why(), obstacle.get().remedy());
            }
            return Optional.of(reading.read(text));
        } catch (Wrong wrong) {
            wrong(where, name(where) + " = \"" + raw + "\"", wrong.getMessage(), wrong.remedy());
            return Optional.empty();
        }
    }

    /** The texts of an array, those that are wrong left out; {@code null} elements never. */
    <T> Optional<List<T>> texts(String key, String kind, String example, Reading<T> reading) {
        if (!has(key)) {
            return Optional.empty();
        }
        if (!(values.get(key) instanceof List<?> elements)) {
            wrong(
                    child(key),
                    name(key) + " is " + kindOf(values.get(key)),
                    "an array of texts is expected",
                    "write " + example);
            return Optional.empty();
        }
        List<T> texts = new ArrayList<>();
        for (int i = 0; i < elements.size(); i++) {
            List<String> where = new ArrayList<>(child(key));
            where.add(Integer.toString(i));
            text(where, elements.get(i), kind, reading).ifPresent(texts::add);
        }
        return Optional.of(texts);
    }

    /** All of the section, as texts. */
    Map<String, String> texts() {
        Map<String, String> texts = new LinkedHashMap<>();
        for (String key : keys()) {
            text(key).ifPresent(text -> texts.put(key, text));
        }
        return texts;
    }

    Optional<Boolean> truth(String key) {
        if (!has(key)) {
            return Optional.empty();
        }
        if (!(values.get(key) instanceof Boolean truth)) {
            wrong(child(key), name(key) + " is " + kindOf(values.get(key)), "a truth value is expected", "write true");
            return Optional.empty();
        }
        return Optional.of(truth);
    }

    Optional<Integer> number(String key, int least, String remedy) {
        if (!has(key)) {
            return Optional.empty();
        }
        if (!(values.get(key) instanceof Integer number)) {
            wrong(child(key), name(key) + " is " + kindOf(values.get(key)), "a whole number is expected", remedy);
            return Optional.empty();
        }
        if (number < least) {
            wrong(child(key), name(key) + " = " + number, "it is less than " + least, remedy);
            return Optional.empty();
        }
        return Optional.of(number);
    }

    /** The table under this key, or an empty one. */
    @SuppressWarnings("unchecked") // a table has texts for keys
    Section section(String key) {
        if (isTable(key)) {
            return new Section(document, child(key), (Map<String, Object>) values.get(key));
        }
        if (has(key)) {
            wrong(
                    child(key),
                    name(key) + " is " + kindOf(values.get(key)),
                    "a table is expected",
                    "write [" + name(key) + "] on a line of its own, and its keys below it");
        }
        return new Section(document, child(key), Map.of());
    }

    boolean isText(String key) {
        return values.get(key) instanceof String;
    }

    /** Whether it is an array with something in it, right or wrong. */
    boolean hasElements(String key) {
        return values.get(key) instanceof List<?> elements && !elements.isEmpty();
    }

    boolean isTable(String key) {
        return values.get(key) instanceof Map;
    }

    // ---- mistakes ----

    /** Complains of the value of a key. */
    void wrong(String key, String what, String why, String remedy) {
        wrong(child(key), what, why, remedy);
    }

    private void wrong(List<String> where, String what, String why, String remedy) {
        document.mistakes().add(new Mistake(document.file(), document.places().value(where), what, why, remedy));
    }

    /** Complains of a key itself. */
    void wrongKey(String key, String what, String why, String remedy) {
        document.mistakes().add(new Mistake(document.file(), document.places().key(child(key)), what, why, remedy));
    }

    /** The whole name of a key, as the contract has it. */
    String name(String key) {
        return name(child(key));
    }

    private static String name(List<String> where) {
        StringBuilder name = new StringBuilder();
        for (String part : where) {
            if (part.matches("\\d+")) {
                name.append('[').append(part).append(']');
            } else {
                name.append(name.length() == 0 ? "" : ".").append(part);
            }
        }
        return name.toString();
    }

    private String in() {
        return path.isEmpty() ? "" : " in [" + String.join(".", path) + "]";
    }

    private List<String> child(String key) {
        List<String> child = new ArrayList<>(path);
        child.add(key);
        return child;
    }

    private static String kindOf(Object value) {
        if (value instanceof String) {
            return "a text";
        }
        if (value instanceof List) {
            return "an array";
        }
        if (value instanceof Map) {
            return "a table";
        }
        return value instanceof Boolean ? "a truth value" : "a number";
    }
}
