package dev.baton.handover;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code KEY=VALUE} lines. A line feed in a value is written {@code \n}, a backslash {@code \\}. */
final class Lines {
    /** More than any message has; whoever counts further is not one of ours. */
    static final int MOST = 1000;

    private final StringBuilder text = new StringBuilder();

    Lines put(String key, Object value) {
        String escaped = String.valueOf(value).replace("\\", "\\\\").replace("\n", "\\n");
        text.append(key).append('=').append(escaped).append('\n');
        return this;
    }

    /** A list, each of its elements in a line of its own. */
    Lines put(String key, List<?> values) {
        put(key, values.size());
        for (int i = 0; i < values.size(); i++) {
            put(key + "." + i, values.get(i));
        }
        return this;
    }

    String text() {
        return text.toString();
    }

    static Map<String, String> parse(String text) throws IOException {
        Map<String, String> lines = new LinkedHashMap<>();
        for (String line : text.split("\n")) {
            int equals = line.indexOf('=');
            if (equals < 1) {
                throw new IOException("a line without KEY=: \"" + shortened(line) + "\"");
            }
            if (lines.put(line.substring(0, equals), unescape(line.substring(equals + 1))) != null) {
                throw new IOException("twice in one message: " + shortened(line));
            }
        }
        return lines;
    }

    static String text(Map<String, String> lines, String key) throws IOException {
        String value = lines.get(key);
        if (value == null) {
            throw new IOException("a message without " + key + ": " + shortened(lines.toString()));
        }
        return value;
    }

    private static long number(Map<String, String> lines, String key) throws IOException {
        String value = text(lines, key);
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw new IOException(key + " is no number: \"" + shortened(value) + "\"", e);
        }
    }

    /** A number within bounds, both of them included. */
    static long number(Map<String, String> lines, String key, long least, long most) throws IOException {
        long number = number(lines, key);
        if (number < least || number > most) {
            throw new IOException(key + " is out of bounds: " + number);
        }
        return number;
    }

    static int integer(Map<String, String> lines, String key) throws IOException {
        return (int) number(lines, key, 0, Integer.MAX_VALUE);
    }

    static int count(Map<String, String> lines, String key) throws IOException {
        return (int) number(lines, key, 0, MOST);
    }

    static List<String> list(Map<String, String> lines, String key) throws IOException {
        List<String> list = new ArrayList<>();
        int count = count(lines, key);
        for (int i = 0; i < count; i++) {
            list.add(text(lines, key + "." + i));
        }
        return list;
    }

    static List<Long> numbers(Map<String, String> lines, String key, long most) throws IOException {
        List<Long> numbers = new ArrayList<>();
        int count = count(lines, key);
        for (int i = 0; i < count; i++) {
            numbers.add(number(lines, key + "." + i, 0, most));
        }
        return numbers;
    }

    private static String unescape(String value) {
        if (value.indexOf('\\') < 0) {
            return value;
        }
        StringBuilder plain = new StringBuilder(value.length());
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '\\' && i + 1 < value.length()) {
                i++;
                plain.append(value.charAt(i) == 'n' ? '\n' : value.charAt(i));
            } else {
                plain.append(c);
            }
        }
        return plain.toString();
    }

    static String shortened(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }
}
